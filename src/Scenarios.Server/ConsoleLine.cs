using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Scenarios.Server;

/// <summary>
/// One log event on the console: time, level, message, and what went wrong. Orleans hands over a page of stack for each try to
/// reach a silo that is gone, dozens within its last seconds; there the reasons are enough. Collectors get all of it.
/// </summary>
internal sealed class ConsoleLine : ITextFormatter
{
    private static readonly MessageTemplateTextFormatter Line = new("{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}");

    public void Format(LogEvent logEvent, TextWriter output)
    {
        // What a caller sent (an address, an id) begins no line of its own and moves no cursor.
        using var line = new StringWriter();
        Line.Format(logEvent, line);
        foreach (var c in line.ToString())
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029')
                output.Write($"\\u{(int)c:x4}");
            else
                output.Write(c);
        }
        if (logEvent.Exception is { } exception)
        {
            if (IsOrleans(logEvent))
                WriteReasons(exception, output);
            else
                output.Write(Environment.NewLine + exception);
        }
        output.WriteLine();
    }

    private static void WriteReasons(Exception exception, TextWriter output)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            output.Write($" < {cause.GetType().Name}: {cause.Message.Split('\n')[0]}");
    }

    private static bool IsOrleans(LogEvent logEvent) =>
        logEvent.Properties.TryGetValue("SourceContext", out var source)
        && source is ScalarValue { Value: string name }
        && name.StartsWith("Orleans.", StringComparison.Ordinal);
}
