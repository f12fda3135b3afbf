using System.Globalization;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>Definitions, written as the paths through them.</summary>
public static class Graph
{
    /// <summary>start > w1, a wait of a day.</summary>
    public static object WaitingADay => Of("start > w1", ("w1", "wait", new { duration = new { days = 1 } }));

    /// <summary>start > w1, a wait of so many seconds.</summary>
    public static object Waiting(int seconds) => Of("start > w1", ("w1", "wait", new { duration = new { seconds } }));

    /// <param name="paths">Chains like <c>start > c1; c1:vip > h1; c1:else > e1</c>: an element leaves by the output after its
    /// colon, else by next.</param>
    /// <param name="elements">All but start.</param>
    public static object Of(string paths, params (string Id, string Type, object Settings)[] elements)
    {
        const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        var links = paths
            .Split(';', Options)
            .Select(path => path.Split('>', Options))
            .SelectMany(path => path.Zip(path.Skip(1)))
            .Select(hop => (From: hop.First.Split(':'), To: hop.Second.Split(':')[0]))
            .Select(hop => new
            {
                from = hop.From[0],
                output = hop.From.Length > 1 ? hop.From[1] : "next",
                to = hop.To,
            });
        return new
        {
            elements = elements
                .Select(e =>
                    (object)
                        new
                        {
                            id = e.Id,
                            type = e.Type,
                            settings = e.Settings,
                        }
                )
                .Prepend(new { id = "start", type = "apiCall" }),
            links,
        };
    }

    /// <summary>A wait's settings.</summary>
    public static object For(TimeSpan duration) =>
        new
        {
            duration = new
            {
                hours = (int)duration.TotalHours,
                minutes = duration.Minutes,
                seconds = duration.Seconds,
            },
        };

    /// <summary>A condition with one branch <c>yes</c> when a field has a value by an operator.</summary>
    public static object If(string field, string op, object value) =>
        new
        {
            branches = new[]
            {
                new
                {
                    output = "yes",
                    rules = new
                    {
                        all = new[]
                        {
                            new
                            {
                                field,
                                op,
                                value,
                            },
                        },
                    },
                },
            },
        };

    public static string Profile(int i) => i.ToString("p00000", CultureInfo.InvariantCulture);
}
