using System.Text.Encodings.Web;
using Fluid;
using Fluid.Ast;
using Fluid.Ast.BinaryExpressions;
using Fluid.Parser;
using Fluid.Values;
using Parlot;
using Parlot.Fluent;

namespace Scenarios.Engine.Templates;

/// <summary>
/// The Liquid that we speak: Fluid's grammar with the tags named below, a limit of depth (it descends recursively, so that
/// thousands of nested blocks would end the process), and one of work (it tries what a bracket may open one after another, so
/// that each one more that is never closed would double its time).
/// </summary>
internal sealed class TemplateGrammar : FluidParser
{
    private static readonly string[] Tags =
    [
        "assign",
        "break",
        "capture",
        "case",
        "comment",
        "#",
        "continue",
        "cycle",
        "decrement",
        "echo",
        "for",
        "if",
        "increment",
        "raw",
        "unless",
    ];

    private static readonly TemplateGrammar Instance = new();

    private TemplateGrammar()
        : base(new FluidParserOptions())
    {
        foreach (var tag in RegisteredTags.Keys.Except(Tags).ToArray())
            RegisteredTags[tag] = Always().Error<Statement>($"The tag '{tag}' is not supported");
        AnyTagsList.Parser = new Bounded<IReadOnlyList<Statement>>(AnyTagsList.Parser!);
        FilterExpression.Parser = new Bounded<Expression>(FilterExpression.Parser!);
        Primary.Parser = new Bounded<Expression>(Primary.Parser!);
    }

    /// <summary>The statements under the meter.</summary>
    /// <exception cref="TemplateException">With the code <see cref="TemplateException.Invalid"/>.</exception>
    public static IReadOnlyList<Statement> Read(string source)
    {
        try
        {
            if (!Instance.Grammar.TryParse(new Context(source), out var statements, out var error) || error is not null)
                throw new TemplateException(
                    TemplateException.Invalid,
                    error is null ? "The template cannot be parsed." : $"{error.Message} at {error.Position}"
                );
            return new Metering().Guard(statements);
        }
        catch (Exception e) when (e is Fluid.ParseException or Parlot.ParseException)
        {
            throw new TemplateException(TemplateException.Invalid, e.Message, e);
        }
    }

    private sealed class Context(string source) : FluidParseContext(source)
    {
        private int _depth,
            _work;

        public void Enter()
        {
            if (++_depth > TemplateLimits.Depth)
                throw new Fluid.ParseException($"Blocks and expressions are nested more than {TemplateLimits.Depth} deep.");
        }

        public void Leave(int characters)
        {
            _depth--;
            if ((_work += Attempt + characters) > TemplateLimits.ParseCharacters)
                throw new Fluid.ParseException("Brackets are nested too deeply or not closed.");
        }

        /// <summary>What it costs to try and find nothing, in characters.</summary>
        private const int Attempt = 32;
    }

    private sealed class Bounded<T>(Parser<T> inner) : Parser<T>
    {
        public override bool Parse(ParseContext context, ref ParseResult<T> result)
        {
            var (template, begin) = ((Context)context, context.Scanner.Cursor.Offset);
            template.Enter();
            var isGood = inner.Parse(context, ref result);
            template.Leave(context.Scanner.Cursor.Offset - begin);
            return isGood;
        }
    }

    /// <summary>
    /// Puts what can grow under the meter, and refuses what can be seen to be too much. A statement is charged with the
    /// number of its nodes, so that a loop over a large body costs what it takes.
    /// </summary>
    private sealed class Metering : AstRewriter
    {
        private int _depth,
            _loops,
            _nodes;

        public IReadOnlyList<Statement> Guard(IReadOnlyList<Statement> statements) => [.. statements.Select(Visit)];

        public override Statement Visit(Statement statement)
        {
            if (statement is null or TextSpanStatement)
                return statement!;
            var before = _nodes++;
            var rewritten = Deeper(() => base.Visit(statement));
            // The parts of if and case are no statements of their own.
            return rewritten is ElseStatement or ElseIfStatement or WhenStatement
                ? rewritten
                : new Step(rewritten, _nodes - before);
        }

        public override Expression Visit(Expression expression)
        {
            _nodes++;
            return expression is null ? expression! : Deeper(() => base.Visit(expression));
        }

        protected override Statement VisitOutputStatement(OutputStatement statement) => new Output(Visit(statement.Expression));

        protected override Statement VisitCaptureStatement(CaptureStatement statement) =>
            new Capture(statement.Identifier, Guard(statement.Statements));

        protected override Statement VisitCycleStatement(CycleStatement statement) =>
            new CycleStatement(Visit(statement.Group), [.. statement.Values.Select(value => new Encoded(Visit(value)))]);

        protected override Statement VisitForStatement(ForStatement statement)
        {
            if (statement.OffsetIsContinue)
                throw new Fluid.ParseException("'offset: continue' is not supported.");
            if (++_loops > TemplateLimits.LoopsNested)
                throw new Fluid.ParseException($"Loops are nested more than {TemplateLimits.LoopsNested} deep.");
            try
            {
                return new ForStatement(
                    [new Iteration(), .. Guard(statement.Statements)],
                    statement.Identifier,
                    Visit(statement.Source),
                    Visit(statement.Limit),
                    Visit(statement.Offset),
                    statement.Reversed,
                    (ElseStatement?)Visit((Statement)statement.Else)
                );
            }
            finally
            {
                _loops--;
            }
        }

        protected override Expression VisitRangeExpression(RangeExpression range)
        {
            if (
                range is { From: LiteralExpression from, To: LiteralExpression to }
                && to.Value.ToNumberValue() - from.Value.ToNumberValue() >= TemplateLimits.RangeItems
            )
                throw new Fluid.ParseException($"A range has more than {TemplateLimits.RangeItems} numbers.");
            return new Range(Visit(range.From), Visit(range.To));
        }

        protected override Expression VisitFilterExpression(FilterExpression filter) =>
            TemplateFilters.Knows(filter.Name)
                ? base.VisitFilterExpression(filter)
                : throw new Fluid.ParseException($"Unknown filter '{filter.Name}'.");

        // Each look at a variable is paid for, whatever is done with it.
        protected override Expression VisitMemberExpression(MemberExpression member) =>
            new Weight(
                new MemberExpression([
                    .. member.Segments.Select(segment =>
                        segment is IndexerSegment index ? new Bracket(Visit(index.Expression)) : segment
                    ),
                ])
            );

        protected override Expression VisitLiteralExpression(LiteralExpression literal) =>
            literal.Value is StringValue text && text.ToStringValue().Length > 64 ? new Weight(literal) : literal;

        protected override Expression VisitContainsBinaryExpression(ContainsBinaryExpression contains) =>
            new ContainsBinaryExpression(
                Visit(contains.Left),
                new Weight(Visit(contains.Right), TemplateLimits.PatternCharacters)
            );

        private T Deeper<T>(Func<T> visit)
        {
            if (++_depth > 2 * TemplateLimits.Depth)
                throw new Fluid.ParseException("A chain of filters or conditions is too long.");
            var result = visit();
            _depth--;
            return result;
        }
    }

    private sealed class Step(Statement inner, int nodes) : Statement
    {
        public override ValueTask<Completion> WriteToAsync(TextWriter writer, TextEncoder encoder, TemplateContext context)
        {
            ((Rendering)context).Meter.Step(nodes);
            return inner.WriteToAsync(writer, encoder, context);
        }
    }

    private sealed class Iteration : Statement
    {
        public override ValueTask<Completion> WriteToAsync(TextWriter writer, TextEncoder encoder, TemplateContext context)
        {
            ((Rendering)context).Meter.Iterate();
            return Normal();
        }
    }

    private sealed class Output(Expression expression) : Statement
    {
        public override async ValueTask<Completion> WriteToAsync(
            TextWriter writer,
            TextEncoder encoder,
            TemplateContext context
        )
        {
            ((Rendering)context).Write(writer, await expression.EvaluateAsync(context));
            return Completion.Normal;
        }
    }

    /// <summary>What is captured was encoded for its place as it was written.</summary>
    private sealed class Capture(string name, IReadOnlyList<Statement> statements) : Statement
    {
        public override async ValueTask<Completion> WriteToAsync(
            TextWriter writer,
            TextEncoder encoder,
            TemplateContext context
        )
        {
            using var captured = new TemplateWriter(((Rendering)context).Meter);
            var completion = await statements.RenderStatementsAsync(captured, encoder, context);
            context.SetValue(name, new VerbatimValue(captured.ToString()));
            return completion;
        }
    }

    /// <summary>For statements of Fluid that write a value themselves.</summary>
    private sealed class Encoded(Expression inner) : Expression
    {
        public override async ValueTask<FluidValue> EvaluateAsync(TemplateContext context)
        {
            using var writer = new StringWriter();
            ((Rendering)context).Write(writer, await inner.EvaluateAsync(context));
            return new StringValue(writer.ToString(), encode: false);
        }
    }

    private sealed class Weight(Expression inner, int most = TemplateLimits.ValueCharacters) : Expression
    {
        public override async ValueTask<FluidValue> EvaluateAsync(TemplateContext context)
        {
            var value = await inner.EvaluateAsync(context);
            if (((Rendering)context).Meter.Look(value) > most)
                throw TemplateException.Over($"The template searches for a string of more than {most} characters.");
            return value;
        }
    }

    /// <summary><c>value[index]</c>. Fluid's fails on a number, and takes any text for the first item of a list.</summary>
    private sealed class Bracket(Expression index) : MemberSegment
    {
        public override async ValueTask<FluidValue> ResolveAsync(FluidValue value, TemplateContext context)
        {
            var at = await index.EvaluateAsync(context);
            if (value is not ArrayValue { Values: var items })
                return value is MembersValue members ? members.Member(at.ToStringValue()) : NilValue.Instance;
            if (!at.IsInteger())
                return NilValue.Instance;
            var place = at.ToNumberValue();
            if (place < 0)
                place += items.Count;
            return place >= 0 && place < items.Count ? items[(int)place] : NilValue.Instance;
        }
    }

    /// <summary>A range that is measured before it is built.</summary>
    private sealed class Range(Expression from, Expression to) : Expression
    {
        public override async ValueTask<FluidValue> EvaluateAsync(TemplateContext context)
        {
            var first = decimal.Truncate((await from.EvaluateAsync(context)).ToNumberValue());
            var last = decimal.Truncate((await to.EvaluateAsync(context)).ToNumberValue());
            if (last < first)
                return ArrayValue.Empty;
            if (last - first >= TemplateLimits.RangeItems)
                throw TemplateException.Over($"A range in the template has more than {TemplateLimits.RangeItems} numbers.");
            return new ArrayValue([
                .. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (FluidValue)NumberValue.Create(first + i)),
            ]);
        }
    }
}
