using System.Diagnostics;

namespace Scenarios.Bench.Load;

/// <param name="Refused">503 with Retry-After.</param>
/// <param name="Wrong">Every other answer.</param>
/// <param name="AcceptedP50">Milliseconds from when it was due to be sent to its answer.</param>
internal sealed record OpenLoadResult(
    int Accepted,
    int Refused,
    int Wrong,
    TimeSpan Elapsed,
    double AcceptedP50,
    double AcceptedP99,
    double RefusedP99
)
{
    public double PerSecond => Accepted / Elapsed.TotalSeconds;
}

/// <summary>
/// So many captures a second, whatever becomes of those before: what customers send does not slow down because we do. A
/// capture counts from when it was due to be sent, so that one which found no free connection is not flattered.
/// </summary>
internal static class OpenLoop
{
    public static async Task<OpenLoadResult> RunAsync(
        Target target,
        double rate,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var (next, wrong) = (-1, 0);
        var open = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => LeanConnection.OpenAsync(target.Address)));
        var begun = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(open.Select(connection => Task.Run(() => SendAsync(connection), cancellationToken)));
        var elapsed = Stopwatch.GetElapsedTime(begun);
        var (accepted, refused) = (Sorted(answers.Select(a => a.Accepted)), Sorted(answers.Select(a => a.Refused)));
        return new OpenLoadResult(
            accepted.Count,
            refused.Count,
            wrong,
            elapsed,
            ClosedLoop.Percentile(accepted, 0.5),
            ClosedLoop.Percentile(accepted, 0.99),
            ClosedLoop.Percentile(refused, 0.99)
        );

        async Task<(List<double> Accepted, List<double> Refused)> SendAsync(LeanConnection connection)
        {
            using var _ = connection;
            var request = new CaptureRequest(target, 0);
            var (accepted, refused) = (new List<double>(), new List<double>());
            while (!cancellationToken.IsCancellationRequested)
            {
                var profile = Interlocked.Increment(ref next);
                var due = TimeSpan.FromSeconds(profile / rate);
                if (due >= duration)
                    break;
                var early = due - Stopwatch.GetElapsedTime(begun);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early, cancellationToken);
                var answer = await connection.SendAsync(request.From(profile));
                var took = (Stopwatch.GetElapsedTime(begun) - due).TotalMilliseconds;
                if (answer.Status == 201)
                    accepted.Add(took);
                else if (answer.Status == 503 && answer.Head.Span.IndexOf("\r\nRetry-After: "u8) >= 0)
                    refused.Add(took);
                else
                    Interlocked.Increment(ref wrong);
            }
            return (accepted, refused);
        }
    }

    private static List<double> Sorted(IEnumerable<List<double>> lists) => [.. lists.SelectMany(l => l).Order()];
}
