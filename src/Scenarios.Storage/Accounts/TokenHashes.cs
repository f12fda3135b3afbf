using System.Security.Cryptography;
using Npgsql;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Retention;

namespace Scenarios.Storage.Accounts;

// Why this file is the way it is.
//
// A token's row keeps SHA-256 of it, and, where the node has keys (SecretBox), HMAC-SHA256 of that by a key made from
// them: who has
// only the rows cannot even tell whether a guess is right. It is of the hash, so a row that lies plain is keyed without
// its token.
//
//   new tokens  are written plain, and the keeper keys them when they and the migration that made room for the key are
//   a day old. Nodes of
//               the version before read the hash as a plain one: for that day they work beside this one, and one can go back to
//               them. With the first row that is keyed the schema says that only programs which know it work on it: older ones do
//               not start any more, instead of refusing everybody.
//   a former    key still verifies. Its rows cannot be keyed again without the token; so it is done when that is used next.
//   a node      keys nothing in its first hour: where a key has just been named, the others are being started again with it.

/// <summary>Keys the hashes of tokens by what does not lie in the database.</summary>
public sealed class TokenHashes
{
    /// <summary>Until a token and the schema are so old, one can go back to the version before.</summary>
    public static readonly TimeSpan PlainFor = TimeSpan.FromDays(1);

    /// <summary>By then all nodes have the keys that this one was started with.</summary>
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

    /// <param name="key">The name of the key of a row; null: it lies plain.</param>
    public bool Has(byte[]? key) => key is null || KeyOf(key) is not null;

    /// <summary>In a time that does not depend on what is kept.</summary>
    /// <param name="hash">SHA-256 of the token that was given.</param>
    public bool Verifies(byte[] hash, byte[] kept, byte[]? key) =>
        key is null
            ? CryptographicOperations.FixedTimeEquals(hash, kept)
            : KeyOf(key) is { } by && CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(by, hash), kept);

    /// <summary>It verifies by a key that is to go: <see cref="KeyAnewAsync"/> may be told of it.</summary>
    public bool IsFormer(byte[]? key) => MayKey && key is not null && !_keys[0].Name.AsSpan().SequenceEqual(key);

    /// <summary>Whether there is a key here for each token that lives.</summary>
    public async Task<bool> HasAllAsync(CancellationToken cancellationToken)
    {
        await using var lacking = _database.Command(
            $"""select exists (select from token where hash_key is not null and hash_key <> all($1::bytea[]) and {TokenStore.IsLiving})""",
            (object)_keys.Select(key => key.Name).ToArray()
        );
        return await lacking.ExecuteScalarAsync(cancellationToken) is false;
    }

    /// <summary>For the keeper: keys plain hashes that may be keyed by now.</summary>
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
                return keyed; // another node is at it
            keyed += done.Value;
        }
    }

    /// <summary>Keys hashes under a former key again, now that the tokens were presented.</summary>
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
