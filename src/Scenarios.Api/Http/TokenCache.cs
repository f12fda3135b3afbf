using System.Collections.Concurrent;
using System.Security.Cryptography;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Http;

/// <summary>
/// Callers by their tokens, looked up at most once in three seconds each, so that a revocation holds everywhere within five.
/// Requests that come while a look-up is under way share it. Each use is noted.
/// </summary>
internal sealed class TokenCache(TokenStore tokens, TokenUses uses, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);
    private const int MaxEntries = 10_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private sealed record Entry(long At, Lazy<Task<Known?>> Row);

    private sealed record Known(byte[] Hash, Caller Caller);

    /// <summary>Null when the token is unknown, expired or revoked.</summary>
    public async Task<Caller?> FindAsync(string token) =>
        TokenSecret.IdOf(token) is { } id && await KnownAsync(id) is { } known
        && CryptographicOperations.FixedTimeEquals(TokenSecret.Hash(token), known.Hash) ? Used(known) : null;

    /// <summary>The caller of a token that was proved before, by its id: a session, a stream that goes on. Null when it is gone.</summary>
    public async Task<Caller?> FindByIdAsync(string id) => await KnownAsync(id) is { } known ? Used(known) : null;

    /// <summary>A token revoked here is forgotten here at once.</summary>
    public void Forget(string id) => _entries.TryRemove(id, out _);

    private Caller Used(Known known)
    {
        uses.Note(known.Caller);
        return known.Caller;
    }

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
        TokenSecret.IdOf(token) is { } id && _entries.TryGetValue(id, out var entry) && entry.Row is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: { } known } }
        && CryptographicOperations.FixedTimeEquals(TokenSecret.Hash(token), known.Hash);

    private Entry Current(string id)
    {
        if (_entries.TryGetValue(id, out var entry) && time.GetElapsedTime(entry.At) < Fresh) return entry;
        // Guessed ids fill the cache too; starting afresh costs one look-up for each living token.
        if (_entries.Count >= MaxEntries) _entries.Clear();
        var next = new Entry(time.GetTimestamp(), new Lazy<Task<Known?>>(() => LookUpAsync(id)));
        if (entry is null) return _entries.GetOrAdd(id, next);
        return _entries.TryUpdate(id, next, entry) ? next : _entries.GetOrAdd(id, next);
    }

    private async Task<Known?> LookUpAsync(string id)
    {
        // Shared by several requests, so it does not end with the first that goes away.
        if (await tokens.FindAsync(id, CancellationToken.None) is not { } row) return null;
        return new Known(row.Hash, new Caller(row.Tenant, row.Id, row.Name, Name<Role>.Parse(row.Role), row.Groups, row.IsOperator, row.Database));
    }
}
