using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Runtime.Placement;
using Scenarios.Contracts;

namespace Scenarios.Grains;

/// <summary>
/// Ends this silo when it alone has lost the database. Its neighbours hear it, so they count it among the living and leave it the
/// slices that it can no longer commit for: callers would wait until someone repairs the network. When the
/// database is gone
/// for all, no silo is better placed, and all stay: what is due is done as soon as it is back.
/// </summary>
internal sealed partial class DatabaseWatch(
    NpgsqlDataSource dataSource,
    IGrainFactory grains,
    IClusterMembershipService membership,
    ILocalSiloDetails self,
    TimeProvider time,
    ILogger<DatabaseWatch> log
) : BackgroundService
{
    private const int Witnesses = 3;

    /// <summary>Longer than a connection takes to be given up and a database to come back from a crash.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2),
        AnswerLimit = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One connection that it keeps: a pool in which all are busy is no database that is gone.
        NpgsqlConnection? connection = null;
        var isDoubted = false;
        for (
            var reached = time.GetTimestamp();
            !stoppingToken.IsCancellationRequested;
            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)
        )
        {
            try
            {
                connection ??= await dataSource.OpenConnectionAsync(stoppingToken);
                await AnswersAsync(connection, stoppingToken);
                (reached, isDoubted) = (time.GetTimestamp(), false);
                continue;
            }
            catch (PostgresException)
            {
                (reached, isDoubted) = (time.GetTimestamp(), false); // a refusal is an answer
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                var silent = time.GetElapsedTime(reached);
                var witness = silent > Patience ? await WitnessAsync() : null;
                if (witness is not null && isDoubted)
                {
                    LogCutOff(e, (int)silent.TotalSeconds, witness);
                    Environment.FailFast(
                        $"This silo has not reached the database for {silent.TotalSeconds:0} s, and {witness} reaches it."
                    );
                }
                isDoubted = witness is not null; // it may have come back for all just now: one more look
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            if (connection is not null)
                await connection.DisposeAsync();
            connection = null;
        }
        if (connection is not null)
            await connection.DisposeAsync();
    }

    public static async Task AnswersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select 1", connection) { CommandTimeout = (int)AnswerLimit.TotalSeconds };
        await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>A neighbour that has what we lack.</summary>
    private async Task<string?> WitnessAsync()
    {
        var others = membership
            .CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active && !m.SiloAddress.Equals(self.SiloAddress))
            .Select(m => m.SiloAddress)
            .ToArray();
        Random.Shared.Shuffle(others);
        foreach (var other in others.Take(Witnesses))
            try
            {
                RequestContext.Set(IPlacementDirector.PlacementHintKey, other);
                var answer = await grains.GetGrain<IWitnessGrain>(other.ToString()).ReachesDatabase();
                if (answer.Reaches && answer.Silo != self.SiloAddress.ToString())
                    return answer.Silo;
            }
            catch (Exception e)
            {
                LogNoWitness(e, other.ToString());
            }
            finally
            {
                RequestContext.Remove(IPlacementDirector.PlacementHintKey);
            }
        return null;
    }
}

/// <inheritdoc cref="IWitnessGrain"/>
internal sealed class WitnessGrain(NpgsqlDataSource dataSource, ILocalSiloDetails self) : Grain, IWitnessGrain
{
    public async Task<WitnessAnswer> ReachesDatabase()
    {
        DeactivateOnIdle(); // another time another silo may be asked
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync();
            await DatabaseWatch.AnswersAsync(connection, CancellationToken.None);
            return new WitnessAnswer(self.SiloAddress.ToString(), true);
        }
        catch (NpgsqlException)
        {
            return new WitnessAnswer(self.SiloAddress.ToString(), false);
        }
    }
}
