using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace Scenarios.Bench.Load;

/// <param name="Refused">Captures that were not accepted, for whatever reason: a sound run has none.</param>
/// <param name="Refusal">Of the first answer with one.</param>
/// <param name="P50">Milliseconds from a request to its answer.</param>
internal sealed record LoadResult(int Accepted, int Refused, string? Refusal, TimeSpan Elapsed, double P50, double P99)
{
    public double PerSecond => Accepted / Elapsed.TotalSeconds;
}

/// <summary>
/// So many connections, each sending its next request when the former is answered: each profile is captured once.
/// </summary>
internal static class ClosedLoop
{
    private const int ExcerptLength = 300;

    /// <param name="batch">0: single captures.</param>
    /// <param name="profiles">It ends early when each of them was sent.</param>
    public static async Task<LoadResult> RunAsync(
        Target target,
        int batch,
        int inFlight,
        int profiles,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        var (size, next, accepted, sent) = (Math.Max(1, batch), 0, 0, 0);
        string? refusal = null;
        var connections = await Task.WhenAll(
            Enumerable.Range(0, inFlight).Select(_ => LeanConnection.OpenAsync(target.Address))
        );
        var begun = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(
            connections.Select(connection => Task.Run(() => SendAsync(connection), cancellationToken))
        );
        var elapsed = Stopwatch.GetElapsedTime(begun);
        var sorted = latencies.SelectMany(l => l).Order().ToList();
        return new LoadResult(accepted, sent - accepted, refusal, elapsed, Percentile(sorted, 0.5), Percentile(sorted, 0.99));

        async Task<List<double>> SendAsync(LeanConnection connection)
        {
            using var _ = connection;
            var request = new CaptureRequest(target, batch);
            var latencies = new List<double>();
            while (!cancellationToken.IsCancellationRequested && Stopwatch.GetElapsedTime(begun) < limit)
            {
                var first = Interlocked.Add(ref next, size) - size;
                if (first + size > profiles)
                    break;
                var asked = Stopwatch.GetTimestamp();
                var answer = await connection.SendAsync(request.From(first));
                latencies.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                Interlocked.Add(ref sent, size);
                var taken = batch == 0 ? (answer.Status == 201 ? 1 : 0) : AcceptedOf(answer);
                Interlocked.Add(ref accepted, taken);
                if (taken < size)
                    Interlocked.CompareExchange(ref refusal, RefusalOf(answer), null);
            }
            return latencies;
        }
    }

    public static double Percentile(List<double> sorted, double part) =>
        sorted.Count == 0 ? 0 : sorted[(int)(part * (sorted.Count - 1))];

    /// <summary>The total that a batch's answer begins with.</summary>
    private static int AcceptedOf(LeanAnswer answer)
    {
        var name = "\"accepted\":"u8;
        var at = answer.Body.Span.IndexOf(name);
        return
            answer.Status == 200
            && at >= 0
            && Utf8Parser.TryParse(answer.Body.Span[(at + name.Length)..].TrimStart((byte)' '), out int count, out _)
            ? count
            : 0;
    }

    /// <summary>Of a batch the part of the answer that says why.</summary>
    private static string RefusalOf(LeanAnswer answer)
    {
        var text = Encoding.UTF8.GetString(answer.Body.Span);
        var at = new[]
        {
            text.IndexOf("\"error\"", StringComparison.Ordinal),
            text.IndexOf("\"reason\"", StringComparison.Ordinal),
            0,
        }.First(i => i >= 0);
        return $"{answer.Status} {text[at..Math.Min(text.Length, at + ExcerptLength)]}";
    }
}
