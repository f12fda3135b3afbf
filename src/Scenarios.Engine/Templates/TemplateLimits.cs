using System.Text;
using Fluid.Values;

namespace Scenarios.Engine.Templates;

/// <summary>
/// What a template may ask for. Fluid's own limit of steps stops no bomb: it builds a range before it counts, and doubles
/// texts inside of one step. Characters are UTF-16 units.
/// </summary>
public static class TemplateLimits
{
    public const int SourceBytes = 64 * 1024;
    public const int OutputCharacters = 256 * 1024;

    /// <summary>Of one value: a text, or a list with the texts in it.</summary>
    public const int ValueCharacters = 256 * 1024;

    /// <summary>
    /// All that filters, comparisons and outputs of one rendering look at or make. Stands for a deadline, and is the
    /// same on every machine.
    /// </summary>
    public const int WorkCharacters = 8 * 1024 * 1024;
    public const int Steps = 200_000;
    public const int Iterations = 10_000;
    public const int ListItems = 10_000;
    public const int RangeItems = 1_000;
    public const int LoopsNested = 2;

    /// <summary>Blocks in blocks and expressions in expressions, so that no template exhausts the stack.</summary>
    public const int Depth = 64;

    /// <summary>
    /// What the parser looks at: the same characters again for each block and expression around them, and for each way
    /// that is tried.
    /// </summary>
    public const int ParseCharacters = Depth * SourceBytes;

    /// <summary>What replace, remove, split and contains look for: a long pattern makes the search quadratic.</summary>
    public const int PatternCharacters = 1024;
}

/// <summary>Counts what one rendering uses up.</summary>
internal sealed class TemplateMeter
{
    private int _steps,
        _iterations;
    private long _work;

    public void Step(int nodes)
    {
        if ((_steps += nodes) > TemplateLimits.Steps)
            throw TemplateException.Over($"The template takes more than {TemplateLimits.Steps} steps.");
    }

    public void Iterate()
    {
        if (++_iterations > TemplateLimits.Iterations)
            throw TemplateException.Over($"The template's loops run more than {TemplateLimits.Iterations} times.");
    }

    public void Work(long characters)
    {
        if ((_work += characters) > TemplateLimits.WorkCharacters)
            throw TemplateException.Over($"The template processes more than {TemplateLimits.WorkCharacters} characters.");
    }

    /// <summary>Charges for looking at a value, which must itself be within the limits.</summary>
    public long Look(FluidValue value)
    {
        var size = Size(value);
        Work(size);
        return size;
    }

    /// <summary>The characters of a value, and one for each item of a list. Gives up as soon as it is too large.</summary>
    private static long Size(FluidValue value)
    {
        long size = value switch
        {
            ArrayValue list => list.Values.Count,
            JsonObjectValue json => json.Size,
            NumberValue => 32,
            _ => value.ToStringValue().Length,
        };
        if (value is ArrayValue { Values: var items })
        {
            if (items.Count > TemplateLimits.ListItems)
                throw TemplateException.Over($"A list in the template has more than {TemplateLimits.ListItems} items.");
            foreach (var item in items)
                if ((size += Size(item)) > TemplateLimits.ValueCharacters)
                    break;
        }
        if (size > TemplateLimits.ValueCharacters)
            throw TemplateException.Over($"A value in the template has more than {TemplateLimits.ValueCharacters} characters.");
        return size;
    }
}

/// <summary>Takes the output of a template, or of one of its captures, up to the limit.</summary>
internal sealed class TemplateWriter(TemplateMeter meter) : StringWriter(new StringBuilder(256))
{
    public override void Write(char value)
    {
        Charge(1);
        base.Write(value);
    }

    public override void Write(string? value)
    {
        Charge(value?.Length ?? 0);
        base.Write(value);
    }

    public override void Write(char[] buffer, int index, int count)
    {
        Charge(count);
        base.Write(buffer, index, count);
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        Charge(buffer.Length);
        base.Write(buffer);
    }

    private void Charge(int characters)
    {
        meter.Work(characters);
        if (GetStringBuilder().Length + characters > TemplateLimits.OutputCharacters)
            throw TemplateException.Over($"The template writes more than {TemplateLimits.OutputCharacters} characters.");
    }
}
