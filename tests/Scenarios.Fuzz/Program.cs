// ./test fuzz [minutes] [seed] [parser]: each parser by turns, in a process of its own on instrumented copies of what it is
// made of. Hunt.cs is the loop, Parsers.cs says what is called and what must hold. AFL's own loop would want AFL on the
// machine; this one wants nothing.

using System.Diagnostics;
using System.Globalization;
using Scenarios.Fuzz;
using SharpFuzz;

if (args is [Hunt.Command, var parserName, var milliseconds, var hunted, var path])
{
    Hunt.Listen();
    using var log = new HuntLog(path);
    new Hunt(Parsers.All.Single(p => p.Name == parserName), int.Parse(hunted, CultureInfo.InvariantCulture), log).Run(
        TimeSpan.FromMilliseconds(int.Parse(milliseconds, CultureInfo.InvariantCulture))
    );
    return 0;
}

var minutes = double.Parse(args.ElementAtOrDefault(0) ?? "10", CultureInfo.InvariantCulture);
var seed = int.Parse(args.ElementAtOrDefault(1) ?? "1", CultureInfo.InvariantCulture);
var parsers = Parsers.All.Where(p => args.ElementAtOrDefault(2) is not { } only || p.Name == only).ToList();
var folder = Directory.CreateTempSubdirectory("scenarios-fuzz-").FullName;
try
{
    foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    // Of the API only what reads: the rest would fill the map with nothing.
    foreach (
        var (assembly, names) in new[]
        {
            ("Scenarios.Engine", ""),
            (
                "Scenarios.Api",
                "Scenarios.Api.Altcraft.AltcraftProfile Scenarios.Api.Captures.CaptureReader Scenarios.Api.Import "
                    + "Scenarios.Api.Profiles.ProfileBody Scenarios.Api.Http.Cursor"
            ),
            ("Fluid", ""),
            ("Parlot", ""),
        }
    )
        Fuzzer.Instrument(
            Path.Combine(folder, assembly + ".dll"),
            type => names.Split(' ').Any(name => type.StartsWith(name, StringComparison.Ordinal)),
            Options.Value
        );
    var results = parsers.ConvertAll(parser => HuntInProcess(parser, TimeSpan.FromMinutes(minutes) / parsers.Count));
    Console.WriteLine(
        $"seed {seed}: {results.Sum(r => r.Executions)} executions, {results.Sum(r => r.Edges)} edges, "
            + $"{results.Sum(r => r.Findings)} findings"
    );
    return results.Sum(r => r.Findings) == 0 && results.All(r => r.Edges > 0) ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

// A parser that exhausts the stack or the memory ends its process, one that never comes back is ended: both are findings, told
// with what it was given.
(long Executions, long Edges, long Findings) HuntInProcess(Parser parser, TimeSpan time)
{
    var log = Path.Combine(folder, parser.Name + ".log");
    using var progress = new HuntLog(log);
    var start = new ProcessStartInfo(Environment.ProcessPath!) { Environment = { ["DOTNET_GCHeapHardLimit"] = "0x40000000" } };
    foreach (
        var argument in new[]
        {
            Path.Combine(folder, "Scenarios.Fuzz.dll"),
            Hunt.Command,
            parser.Name,
            $"{(int)time.TotalMilliseconds}",
            $"{seed}",
            log,
        }
    )
        start.ArgumentList.Add(argument);
    using var process = Process.Start(start)!;
    for (long before = -1; !process.WaitForExit(Hunt.HangLimit); before = progress.Executions)
        if (before == progress.Executions)
            process.Kill();
    if (process.ExitCode != 0)
    {
        progress.Findings++;
        Console.WriteLine($"{parser.Name}: the process ended with {process.ExitCode} over\n{Hunt.Shown(progress.Input)}");
    }
    Console.WriteLine(
        $"{parser.Name}: {progress.Executions} executions, {progress.Edges} edges ({progress.SeedEdges} of them by "
            + $"the seeds), {progress.Kept} inputs kept, {progress.Findings} findings"
    );
    return (progress.Executions, progress.Edges, progress.Findings);
}
