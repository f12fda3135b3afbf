using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Runtime.Placement;
using Scenarios.Contracts;

namespace Scenarios.Grains;

/// <summary>
/// Stops this silo when it alone has lost the database. Other silos still hear it, so they count it as alive and
/// leave it the slices that it can no longer commit for: runs there would wait until the network is repaired. When no
/// silo reaches the database, none is better placed and all stay: due work is done as soon as it is back.
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

    /// <summary>Longer than it takes to give up a connection, and for a database to recover from a crash.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2),
        AnswerLimit = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A dedicated connection: a pool whose connections are all busy does not mean that the database is gone.
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
                isDoubted = witness is not null; // it may have just come back for all silos: check once more
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

    /// <summary>A silo that reaches the database when this one does not.</summary>
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
        DeactivateOnIdle(); // next time another silo may be asked
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
