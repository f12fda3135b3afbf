-- since 0010
-- When a token was used last, and the key by which its hash is keyed. Neither takes time: no row is written.

alter table token
    add column last_used_at timestamptz,   -- to about a minute; null: not since this is noted
    add column hash_key     bytea;         -- which key it was (SecretBox); null: the hash is a plain SHA-256, which programs that know 0010 can read
