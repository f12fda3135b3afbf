using System.Collections.Concurrent;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Http;

/// <summary>
/// Callers by their tokens, looked up at most once in three seconds each, so that a revocation holds everywhere within five.
/// Requests that come while a look-up is under way share it. Each use is noted.
/// </summary>
internal sealed partial class TokenCache(
    TokenStore tokens,
    TokenHashes hashes,
    TokenUses uses,
    TimeProvider time,
    ILogger<TokenCache> log
)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);
    private const int MaxEntries = 10_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private sealed record Entry(long At, Lazy<Task<Known?>> Row);

    private sealed record Known(byte[] Hash, byte[]? HashKey, Caller Caller);

    /// <summary>Null when the token is unknown, expired or revoked.</summary>
    /// <exception cref="Refused">503: whether it is good cannot be told here, as the key is lacking. A 401 would have
    /// its holder throw it away.</exception>
    public async Task<Caller?> FindAsync(string token)
    {
        if (TokenSecret.IdOf(token) is not { } id || await KnownAsync(id) is not { } known)
            return null;
        if (!hashes.Has(known.HashKey))
            throw new Refused(
                RefusalCode.Unavailable.Status(),
                RefusalCode.Unavailable.Text(),
                "This node cannot check the token; another one may."
            )
            {
                RetryAfter = Fresh,
            };
        var hash = TokenSecret.Hash(token);
        if (!hashes.Verifies(hash, known.Hash, known.HashKey))
            return null;
        uses.Note(known.Caller, hashes.IsFormer(known.HashKey) ? hash : null);
        return known.Caller;
    }

    /// <summary>
    /// The caller of a token that was proved before, by its id: a session, a stream that goes on. Null when it is gone.
    /// </summary>
    public async Task<Caller?> FindByIdAsync(string id)
    {
        if (await KnownAsync(id) is not { } known)
            return null;
        uses.Note(known.Caller);
        return known.Caller;
    }

    /// <summary>A token revoked here is forgotten here at once.</summary>
    public void Forget(string id) => _entries.TryRemove(id, out _);

    private async Task<Known?> KnownAsync(string id)
    {
        var entry = Current(id);
        try
        {
            return await entry.Row.Value;
        }
        catch
        {
            _entries.TryRemove(KeyValuePair.Create(id, entry));
            throw;
        }
    }

    /// <summary>It was good when it was looked up here last.</summary>
    public bool Knows(string token) =>
        TokenSecret.IdOf(token) is { } id
        && _entries.TryGetValue(id, out var entry)
        && entry.Row is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: { } known } }
        && hashes.Verifies(TokenSecret.Hash(token), known.Hash, known.HashKey);

    private Entry Current(string id)
    {
        if (_entries.TryGetValue(id, out var entry) && time.GetElapsedTime(entry.At) < Fresh)
            return entry;
        // Guessed ids fill the cache too; starting afresh costs one look-up for each living token.
        if (_entries.Count >= MaxEntries)
            _entries.Clear();
        var next = new Entry(time.GetTimestamp(), new Lazy<Task<Known?>>(() => LookUpAsync(id)));
        if (entry is null)
            return _entries.GetOrAdd(id, next);
        return _entries.TryUpdate(id, next, entry) ? next : _entries.GetOrAdd(id, next);
    }

    private async Task<Known?> LookUpAsync(string id)
    {
        // Shared by several requests, so it does not end with the first that goes away.
        if (await tokens.FindAsync(id, CancellationToken.None) is not { } row)
            return null;
        if (!hashes.Has(row.HashKey))
            LogLacksKey(row.Id);
        return new Known(
            row.Hash,
            row.HashKey,
            new Caller(row.Tenant, row.Id, row.Name, Name<Role>.Parse(row.Role), row.Groups, row.IsOperator, row.Database)
        );
    }
}
