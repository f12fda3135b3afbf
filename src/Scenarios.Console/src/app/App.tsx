/** Signed in, the pages; else the sign-in. A session that ends under an open page leaves the page as it is behind the sign-in. */
import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { isApiError, onSignedOut } from '../api/client';
import { session } from '../api/queries';
import { Failure } from '../ui/PageState';
import { SignIn } from './auth';
import { router } from './router';

export function App() {
  const { data, error, isPending, refetch } = useQuery(session);
  const [isOver, setOver] = useState(false);
  useEffect(() => onSignedOut(() => setOver(true)), []);
  if (isPending)
    return (
      <Center mih="100dvh">
        <Loader type="dots" aria-label="Loading" />
      </Center>
    );
  if (!data && isApiError(error) && (error.status === 401 || error.status === 403)) return <SignIn isOver={false} onDone={() => setOver(false)} />;
  if (!data) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <>
      <div inert={isOver}>
        <RouterProvider router={router} />
      </div>
      {isOver ? (
        <div className="over">
          <SignIn isOver onDone={() => setOver(false)} />
        </div>
      ) : null}
    </>
  );
}
