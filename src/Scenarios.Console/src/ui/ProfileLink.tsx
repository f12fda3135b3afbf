/** Who it is: the name where there is one, and the id; leads to the profile for who may see it. */
import { Link } from '@tanstack/react-router';

interface Props {
  database: string;
  id: string;
  name?: string | null;
  email?: string | null;
  isLink: boolean;
}

export function ProfileLink({ database, id, name, email, isLink }: Props) {
  const shown = name ?? id;
  const more = [...(name ? [id] : []), ...(email && email !== id ? [email] : [])].join(' · ');
  return (
    <span className="profile-link" title={[shown, more].filter(Boolean).join(' · ')}>
      {isLink ? (
        <Link to="/profile" search={{ db: database, id }} className="profile-link-name">
          {shown}
        </Link>
      ) : (
        <span className="profile-link-name">{shown}</span>
      )}
      {more ? <span className="profile-link-more">{more}</span> : null}
    </span>
  );
}
