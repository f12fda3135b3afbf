using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Scenarios.Engine.Tests.Parsers;
using Trace = SharpFuzz.Common.Trace;

namespace Scenarios.Fuzz;

/// <summary>
/// Coverage-guided fuzzing of one parser. What SharpFuzz put into the assemblies counts each branch that follows another in a
/// map of ours; an input that takes a branch, or takes one so often as none before, is kept, and changed in turn. An
/// exception that is not documented, a promise not kept, too much time or memory is a finding: made smaller, told, and
/// told once.
/// </summary>
internal sealed unsafe class Hunt(Parser parser, int seed, HuntLog log)
{
    public const string Command = "hunt";
    public const int MaxBytes = 16 << 10;
    public static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(20);

    private const int MapBytes = 1 << 16;
    private const long MaxAllocated = 256 << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);

    private static readonly byte* Map = (byte*)NativeMemory.AllocZeroed(MapBytes);

    private readonly Random _random = new(seed);
    private readonly byte[] _taken = new byte[MapBytes];
    private readonly List<byte[]> _kept = [];
    private readonly HashSet<string> _told = [];
    private readonly byte[][] _words = [.. parser.Words.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Before anything that is instrumented: it counts from its first line on.</summary>
    public static void Listen() => Trace.SharedMem = Map;

    public void Run(TimeSpan time)
    {
        var begun = Stopwatch.GetTimestamp();
        foreach (var good in parser.Seeds)
            Take(good);
        log.SeedEdges = log.Edges;
        while (Stopwatch.GetElapsedTime(begun) < time)
            Take(Next());
    }

    private void Take(byte[] input)
    {
        if (FaultOf(input) is { } fault && _told.Add(fault.Kind))
            Tell(input, fault.Kind);
        if (HasNews())
            _kept.Add(input);
        log.Kept = _kept.Count;
    }

    /// <summary>One that was kept, of late rather, with a word put in, or the end of another, or its bytes changed.</summary>
    private byte[] Next()
    {
        var input = _kept[
            _random.Next(2) == 0 ? _random.Next(_kept.Count) : _kept.Count - 1 - _random.Next((_kept.Count + 7) / 8)
        ];
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            var at = _random.Next(input.Length + 1);
            var other = _kept[_random.Next(_kept.Count)];
            input = _random.Next(4) switch
            {
                0 when _words.Length > 0 =>
                [
                    .. input[..at],
                    .. _words[_random.Next(_words.Length)],
                    .. input[Math.Min(input.Length, at + _random.Next(8))..],
                ],
                1 => [.. input[..at], .. other[_random.Next(other.Length + 1)..]],
                _ => Seeds.Changed(input, _random),
            };
            if (input.Length > MaxBytes)
                input = input[..MaxBytes];
        }
        return input;
    }

    private (string Kind, string Story)? FaultOf(byte[] input)
    {
        log.Input = input;
        log.Executions++;
        new Span<byte>(Map, MapBytes).Clear();
        Trace.PrevLocation = 0;
        var (begun, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        try
        {
            parser.Take(input);
        }
        catch (Exception e)
        {
            var place = e
                .StackTrace?.Split('\n')
                .FirstOrDefault(l =>
                    l.Contains("Scenarios.", StringComparison.Ordinal) && !l.Contains("Must", StringComparison.Ordinal)
                )
                ?.Trim();
            return ($"{e.GetType().Name} {(e is BrokenPromiseException ? e.Message : place)}", $"{e}");
        }
        if (GC.GetAllocatedBytesForCurrentThread() - allocated is > MaxAllocated and var bytes)
            return ("memory", $"{bytes >> 20} MB were allocated");
        if (Stopwatch.GetElapsedTime(begun) is var took && took < MaxTime)
            return null;
        // Somebody else may have had the processor.
        begun = Stopwatch.GetTimestamp();
        parser.Take(input);
        return Stopwatch.GetElapsedTime(begun) < MaxTime ? null : ("time", $"it took {took.TotalSeconds:0.0} s");
    }

    /// <summary>
    /// Once, twice, three times, up to 7, 15, 31, 127, and more are different things to have done with a branch.
    /// </summary>
    private bool HasNews()
    {
        var news = false;
        for (var i = 0; i < MapBytes; i += sizeof(ulong))
        {
            if (*(ulong*)(Map + i) == 0)
                continue;
            for (var j = i; j < i + sizeof(ulong); j++)
            {
                if (Map[j] == 0)
                    continue;
                var often = (byte)(
                    1
                    << (
                        Map[j] <= 3 ? Map[j] - 1
                        : BitOperations.Log2(Map[j]) is var log2 && log2 <= 4 ? log2 + 1
                        : log2 <= 6 ? 6
                        : 7
                    )
                );
                if ((_taken[j] & often) != 0)
                    continue;
                if (_taken[j] == 0)
                    log.Edges++;
                _taken[j] |= often;
                news = true;
            }
        }
        return news;
    }

    private void Tell(byte[] input, string kind)
    {
        log.Findings++;
        for (var length = input.Length / 2; length > 0; length /= 2)
        for (var at = 0; at + length <= input.Length; )
        {
            byte[] shorter = [.. input[..at], .. input[(at + length)..]];
            if (FaultOf(shorter)?.Kind == kind)
                input = shorter;
            else
                at += length;
        }
        Console.WriteLine($"{parser.Name}: {FaultOf(input)?.Story}\nover\n{Shown(input)}");
    }

    public static string Shown(ReadOnlySpan<byte> input) =>
        $"{Encoding.UTF8.GetString(input)}\n{Convert.ToBase64String(input)}\n";
}
