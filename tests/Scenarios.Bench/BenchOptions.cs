namespace Scenarios.Bench;

/// <summary>What to measure, of which design, for how long.</summary>
/// <param name="Measure">One of <see cref="Measures"/>.</param>
/// <param name="Design">Null: both, one after the other.</param>
/// <param name="Duration">Of each measure under load.</param>
/// <param name="Profiles">How many there are: a measure ends early when each was captured once.</param>
internal sealed record BenchOptions(string Measure, string? Design, TimeSpan Duration, int Profiles)
{
    public static readonly string[] Measures =
    [
        "all",
        "captures",
        "batches",
        "lives",
        "wake",
        "steady",
        "live",
        "memory",
        "overload",
    ];

    public const string Usage = """
        dotnet run -c Release --project tests/Scenarios.Bench -- [all|captures|batches|lives|wake|steady|live|memory|overload]
          --seconds N             of load for each measure       10
          --profiles N            that are captured, each once for a measure       300000
          --design product|naive  only this one                  both, and their ratios
        """;

    /// <returns>Null when the arguments mean nothing.</returns>
    public static BenchOptions? Read(string[] arguments)
    {
        var options = new BenchOptions("all", null, TimeSpan.FromSeconds(10), 300_000);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (Measures.Contains(arguments[i]))
            {
                options = options with { Measure = arguments[i] };
                continue;
            }
            if (i + 1 == arguments.Length)
                return null;
            var changed = (arguments[i], arguments[++i]) switch
            {
                ("--seconds", var text) when int.TryParse(text, out var seconds) && seconds > 0 => options with
                {
                    Duration = TimeSpan.FromSeconds(seconds),
                },
                ("--profiles", var text) when int.TryParse(text, out var profiles) && profiles >= 10_000 => options with
                {
                    Profiles = profiles,
                },
                ("--design", "product" or "naive") => options with { Design = arguments[i] },
                _ => null,
            };
            if (changed is null)
                return null;
            options = changed;
        }
        return options;
    }

    public bool Takes(string measure) => Measure == "all" || Measure == measure;
}
