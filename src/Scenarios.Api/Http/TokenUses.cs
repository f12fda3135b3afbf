using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Http;

/// <summary>
/// When which token was used last, kept here and written once a minute, all in one statement: a use costs a request
/// nothing. A node
/// that dies takes its last minute with it. A hash under a former key is keyed again at the same time.
/// </summary>
internal sealed partial class TokenUses(TokenStore tokens, TokenHashes hashes, TimeProvider time, ILogger<TokenUses> log)
    : BackgroundService
{
    public static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    // By an instant of this process: how long ago it was holds for the database's clock too, whatever the node's own says.
    private readonly ConcurrentDictionary<(int Tenant, string Id), long> _uses = new();

    private readonly ConcurrentDictionary<(int Tenant, string Id), byte[]> _given = new();

    /// <param name="given">SHA-256 of the token, where its row lies under a former key.</param>
    public void Note(Caller caller, byte[]? given = null)
    {
        _uses[(caller.Tenant, caller.TokenId)] = time.GetTimestamp();
        if (given is not null)
            _given[(caller.Tenant, caller.TokenId)] = given;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(WriteEvery, time, stoppingToken);
            await TryWriteAsync(stoppingToken);
        }
    }

    /// <summary>A node that stops has had its last request by now.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryWriteAsync(cancellationToken);
    }

    /// <summary>Writes what was noted. What could not be written stays noted.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var uses = _uses.ToArray();
        if (uses.Length == 0)
            return;
        await tokens.NoteUsesAsync(
            [.. uses.Select(use => new TokenUse(use.Key.Tenant, use.Key.Id, time.GetElapsedTime(use.Value)))],
            cancellationToken
        );
        foreach (var use in uses)
            _uses.TryRemove(use); // not if it was used again
        var given = _given.ToArray();
        await hashes.KeyAnewAsync([.. given.Select(g => (g.Key.Tenant, g.Key.Id, g.Value))], cancellationToken);
        foreach (var one in given)
            _given.TryRemove(one);
    }

    private async Task TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
        }
        // Whatever it was, the node goes on, and the next minute writes it.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(e);
        }
    }
}
