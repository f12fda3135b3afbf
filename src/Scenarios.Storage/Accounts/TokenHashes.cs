using System.Security.Cryptography;
using Npgsql;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Retention;

namespace Scenarios.Storage.Accounts;

// Design notes.
//
// A token's row keeps SHA-256 of it, and, where the node has keys (SecretBox), HMAC-SHA256 of that by a key made from
// them: an attacker with only the rows cannot even check a guess. The HMAC is computed from the hash, so a plain row
// is keyed without its token.
//
//   new tokens      are written plain. The keeper keys them when they, and the migration that made room for the key, are a
//                   day old. Nodes of the previous version read the hash as a plain one: during that day they work beside
//                   this one, and a rollback to them is possible. With the first keyed row the schema declares that only
//                   programs that know keyed hashes work on it: older ones then no longer start, instead of refusing
//                   every token.
//   a former key    still verifies. Its rows cannot be keyed again without the token, so that happens when the token is
//                   used next.
//   a started node  keys nothing in its first hour: when a key has just been configured, the other nodes are being
//                   restarted with it.

/// <summary>Keys the hashes of tokens with keys that are not in the database.</summary>
public sealed class TokenHashes
{
    /// <summary>Until a token and the schema are this old, a rollback to the previous version is possible.</summary>
    public static readonly TimeSpan PlainFor = TimeSpan.FromDays(1);

    /// <summary>After this time all nodes have the keys that this one was started with.</summary>
    public static readonly TimeSpan KeysKnown = TimeSpan.FromHours(1);

    /// <summary>The migration that made room for the key.</summary>
    private const int Since = 11;
    private const int Chunk = 1000;

    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _time;
    private readonly long _begun;
    private readonly (byte[] Name, byte[] Key)[] _keys;
    private readonly KeeperTurn _turn;

    public TokenHashes(NpgsqlDataSource dataSource, TimeProvider time, SecretBox box)
    {
        (_database, _time, _begun, _turn) = (dataSource, time, time.GetTimestamp(), new KeeperTurn(dataSource));
        _keys =
        [
            .. box.Keys.Select(key =>
                (
                    SecretBox.NameOf(key),
                    HKDF.DeriveKey(
                        HashAlgorithmName.SHA256,
                        key,
                        SecretBox.KeyBytes,
                        info: "scenarios: hashes of tokens"u8.ToArray()
                    )
                )
            ),
        ];
    }

    /// <param name="key">The name of a row's key; null: the hash is plain.</param>
    public bool Has(byte[]? key) => key is null || KeyOf(key) is not null;

    /// <summary>Compares in constant time.</summary>
    /// <param name="hash">SHA-256 of the token that was given.</param>
    public bool Verifies(byte[] hash, byte[] kept, byte[]? key) =>
        key is null
            ? CryptographicOperations.FixedTimeEquals(hash, kept)
            : KeyOf(key) is { } by && CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(by, hash), kept);

    /// <summary>It verifies with a retiring key; pass it to <see cref="KeyAnewAsync"/>.</summary>
    public bool IsFormer(byte[]? key) => MayKey && key is not null && !_keys[0].Name.AsSpan().SequenceEqual(key);

    /// <summary>Whether this node has the key of every valid token.</summary>
    public async Task<bool> HasAllAsync(CancellationToken cancellationToken)
    {
        await using var lacking = _database.Command(
            $"""select exists (select from token where hash_key is not null and hash_key <> all($1::bytea[]) and {TokenStore.IsLiving})""",
            (object)_keys.Select(key => key.Name).ToArray()
        );
        return await lacking.ExecuteScalarAsync(cancellationToken) is false;
    }

    /// <summary>For the keeper: keys plain hashes that are old enough.</summary>
    /// <param name="shift">Moves the database's clock, for tests.</param>
    /// <returns>How many.</returns>
    public async Task<int> KeyPlainAsync(TimeSpan shift, CancellationToken cancellationToken)
    {
        if (!MayKey)
            return 0;
        for (var keyed = 0; ; )
        {
            var plain = await _database
                .Command(
                    """
                    select tenant_id, id, hash from token
                    where hash_key is null and created_at < clock_timestamp() + $1 - $2
                      and exists (select from schema_migration where number = $3 and applied_at < clock_timestamp() + $1 - $2)
                    order by id limit $4
                    """,
                    shift,
                    PlainFor,
                    Since,
                    Chunk
                )
                .ListAsync(
                    row => (Tenant: row.GetInt32(0), Id: row.GetString(1), Hash: row.GetFieldValue<byte[]>(2)),
                    cancellationToken
                );
            if (plain.Count == 0)
                return keyed;
            var done = await _turn.DoAsync(
                """
                with keyed as (
                    update token t set hash = k.hash, hash_key = $5
                    from unnest($1::int[], $2::text[], $3::bytea[], $4::bytea[]) as k (tenant_id, id, former, hash)
                    where t.tenant_id = k.tenant_id and t.id = k.id and t.hash = k.former and t.hash_key is null
                    returning t.id),
                told as (update schema_migration set since = number where number = $6 and since < number and exists (select from keyed))
                select count(*) from keyed
                """,
                cancellationToken,
                plain.Select(p => p.Tenant).ToArray(),
                plain.Select(p => p.Id).ToArray(),
                plain.Select(p => p.Hash).ToArray(),
                plain.Select(p => Keyed(p.Hash)).ToArray(),
                _keys[0].Name,
                Since
            );
            if (done is null or 0)
                return keyed; // another node is doing it
            keyed += done.Value;
        }
    }

    /// <summary>Keys hashes under a former key again, now that their tokens were presented.</summary>
    public async Task KeyAnewAsync(
        IReadOnlyList<(int Tenant, string Id, byte[] Hash)> given,
        CancellationToken cancellationToken
    )
    {
        if (!MayKey || given.Count == 0)
            return;
        await using var anew = _database.Command(
            """
            update token t set hash = k.hash, hash_key = $4 from unnest($1::int[], $2::text[], $3::bytea[]) as k (tenant_id, id, hash)
            where t.tenant_id = k.tenant_id and t.id = k.id and t.hash_key <> $4
            """,
            given.Select(g => g.Tenant).ToArray(),
            given.Select(g => g.Id).ToArray(),
            given.Select(g => Keyed(g.Hash)).ToArray(),
            _keys[0].Name
        );
        await anew.ExecuteNonQueryAsync(cancellationToken);
    }

    private bool MayKey => _keys.Length > 0 && _time.GetElapsedTime(_begun) >= KeysKnown;

    private byte[] Keyed(byte[] hash) => HMACSHA256.HashData(_keys[0].Key, hash);

    private byte[]? KeyOf(byte[] name) => Array.Find(_keys, key => key.Name.AsSpan().SequenceEqual(name)).Key;
}
