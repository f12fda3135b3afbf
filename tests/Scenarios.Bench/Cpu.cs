namespace Scenarios.Bench;

/// <summary>CPU seconds by who used them.</summary>
internal readonly record struct CpuSeconds(double App, double Database, double Client)
{
    public static CpuSeconds operator -(CpuSeconds after, CpuSeconds before) =>
        new(after.App - before.App, after.Database - before.Database, after.Client - before.Client);
}

/// <summary>
/// What the kernel says the server process, PostgreSQL and this process have used. On a shared machine rates swing, CPU for an
/// operation hardly does.
/// </summary>
internal sealed class CpuMeter(int app, int postmaster)
{
    /// <summary>USER_HZ, the unit of /proc: 100 on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    public CpuSeconds Read() => new(Own(Stat(app)), OfPostgres(), Environment.CpuUsage.TotalTime.TotalSeconds);

    /// <summary>All its processes are children of the postmaster, which also keeps the time of those that have ended.</summary>
    private double OfPostgres()
    {
        var seconds = 0.0;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), out var pid) && Stat(pid) is { } stat)
            {
                if (pid == postmaster)
                    seconds += Own(stat) + (stat[13] + stat[14]) / TicksPerSecond;
                else if (stat[1] == postmaster)
                    seconds += Own(stat);
            }
        return seconds;
    }

    private static double Own(long[]? stat) => stat is null ? 0 : (stat[11] + stat[12]) / TicksPerSecond;

    /// <summary>
    /// The fields of proc(5) after the name: 1 parent, 11 user, 12 system, 13 and 14 the same of ended children.
    /// </summary>
    private static long[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return
            [
                .. text[(text.LastIndexOf(')') + 2)..]
                    .Split(' ')
                    .Take(15)
                    .Select(field => long.TryParse(field, out var value) ? value : 0),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended meanwhile
        }
    }
}
