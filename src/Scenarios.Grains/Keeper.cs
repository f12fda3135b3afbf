using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scenarios.Grains.Partition;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Retention;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Grains;

/// <summary>
/// The keeper of the tables: makes the months of the history ahead of time, takes away what is too old to be kept, and
/// seals secrets and keys hashes of tokens that still lie open. Each node looks at its start and once an hour; one at a time keeps, the others find nothing to do.
/// </summary>
internal sealed partial class Keeper(
    HistoryMonths months,
    OutOfDate old,
    ListenerRows listeners,
    WebhookSecrets secrets,
    TokenHashes tokens,
    PartitionOptions options,
    TimeProvider time,
    ILogger<Keeper> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.KeepEvery == Timeout.InfiniteTimeSpan)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            // Whatever it was, the node goes on, and the keeper looks again.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
            await Task.Delay(options.KeepEvery, time, stoppingToken);
        }
    }

    /// <summary>One look.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var shift = options.ClockShift();
        var (made, dropped) = await months.RunOnceAsync(shift, cancellationToken);
        if (made + dropped > 0)
            LogMonths(made, dropped);
        var taken = await old.RunOnceAsync(options.KeepRows, shift, cancellationToken);
        if (!taken.IsNothing)
            LogTaken(taken.Runs, taken.Keys, taken.Tasks, taken.Claims, taken.Scenarios);
        if (await secrets.SealAsync(cancellationToken) is > 0 and var tenants)
            LogSealed(tenants);
        if (await tokens.KeyPlainAsync(shift, cancellationToken) is > 0 and var keyed)
            LogKeyed(keyed);
        if (await listeners.FillAsync(cancellationToken) is > 0 and var filled)
            LogListening(filled);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "keeper wrote down what {Scenarios} scenarios listen to")]
    private partial void LogListening(int scenarios);

    [LoggerMessage(Level = LogLevel.Information, Message = "keeper made {Made} months of the history and took {Dropped} away")]
    private partial void LogMonths(int made, int dropped);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "keeper took away what was too old: {Runs} runs, {Keys} keys, {Tasks} tasks, {Claims} claims, {Scenarios} scenarios"
    )]
    private partial void LogTaken(long runs, long keys, long tasks, long claims, long scenarios);

    [LoggerMessage(Level = LogLevel.Information, Message = "keeper sealed the webhook secrets of {Tenants} tenants")]
    private partial void LogSealed(int tenants);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "keeper keyed the hashes of {Tokens} tokens: nodes of a version that does not know it start no more"
    )]
    private partial void LogKeyed(int tokens);

    [LoggerMessage(Level = LogLevel.Warning, Message = "keeper failed, looks again")]
    private partial void LogFailed(Exception reason);
}
