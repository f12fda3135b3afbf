namespace Scenarios.Bench;

/// <summary>What was measured, as it comes and as a table of both designs.</summary>
internal static class Report
{
    public static void Machine(string postgres)
    {
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
                ?.Split(": ")[1]
            : null;
        Console.WriteLine(
            $"""
            {Environment.ProcessorCount} cores ({model
                ?? "unknown"}), shared by load generator, server and database; {postgres}.
            fsync, synchronous_commit and full_page_writes are on. One connection of the client has one request in flight.
            Load average before the start: {(
                File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown"
            )}.
            Absolute rates depend on the machine and its neighbours; compare CPU for an operation, and ratios.

            """
        );
    }

    public static void Line(string design, Figure figure) =>
        Console.WriteLine($"{design, -8} {figure.Measure, -36} {Value(figure), 18}  {Cpu(figure), -42} {figure.Detail}");

    public static void Table(IReadOnlyList<Figure> product, IReadOnlyList<Figure> naive)
    {
        Console.WriteLine();
        Console.WriteLine(
            $"{"", -36} {"product", 18} {"naive", 18} {"ratio", 8}   {"CPU µs, app + database", -34} {"ratio", 7}"
        );
        foreach (var ours in product)
            if (naive.FirstOrDefault(f => f.Measure == ours.Measure) is { } theirs)
                Console.WriteLine(
                    $"{ours.Measure, -36} {Value(ours), 18} {Value(theirs), 18} {Ratio(ours, theirs), 8}   "
                        + $"{Server(ours) + " / " + Server(theirs), -34} {CpuRatio(ours, theirs), 7}"
                );
    }

    private static string Value(Figure f) => $"{f.Value:N0} {f.Unit}";

    private static string Cpu(Figure f) =>
        f.Operations == 0 ? "" : $"CPU {Server(f)} µs (client {f.Cpu.Client * 1e6 / f.Operations:F0})";

    private static string Server(Figure f) =>
        f.Operations == 0 ? "" : $"{f.Cpu.App * 1e6 / f.Operations:F0} + {f.Cpu.Database * 1e6 / f.Operations:F0}";

    private static string Ratio(Figure ours, Figure theirs) => ours.Unit == "bytes" ? "" : $"{ours.Value / theirs.Value:F1} x";

    private static string CpuRatio(Figure ours, Figure theirs) =>
        ours.Operations == 0 || theirs.Operations == 0 ? "" : $"{CpuOf(theirs) / CpuOf(ours):F1} x";

    private static double CpuOf(Figure f) => (f.Cpu.App + f.Cpu.Database) / f.Operations;
}
