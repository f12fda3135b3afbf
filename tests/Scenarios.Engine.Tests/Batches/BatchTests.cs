using Scenarios.Engine.Batches;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Tests.Runs;

namespace Scenarios.Engine.Tests.Batches;

public class BatchTests
{
    private static readonly Guid Run = Guid.Parse("0198c5d0-0000-7000-8000-000000000001");

    private readonly BatchScene _scene = new(Journey.Draw("start > h1", ("h1", "webhook", "{'url': 'https://example.com/'}")));

    /// <summary>
    /// Once the end was noted beside what was remembered, and the capture was declined for a run that had ended.
    /// </summary>
    [Fact]
    public void A_capture_sees_the_run_that_an_outcome_of_the_same_batch_has_ended()
    {
        var effect = new EffectRow(Run, 2, "p1", "h1", "webhook", 1, 1, "{}", null);
        var outcome = new SettledInput(
            new Told<SettledInput>(),
            effect,
            new EffectOutcome(Output.Success, null, false, null, null, null)
        );
        var capture = Capture("p1");

        var batch = _scene.Decide(_scene.Batch(capture, outcome), read =>
        {
            read.RunRows[Run] = Performing();
            read.ProfileRows["p1"] = _scene.Profile("p1");
            read.Entries["p1"] = new EntryRow(1, [Run], 1, 0, 0, _scene.Now, null, [], null, null);
        });

        Assert.Equal(CaptureVerdict.Accepted, capture.Outcome.Verdict);
        var entry = batch.Write.Entries["p1"];
        Assert.Equal((2, 1), (entry.Entries, entry.Completed));
        Assert.Equal([capture.Outcome.Run], entry.Open);
        Assert.Empty(batch.Write.EntryEnds);
        Assert.Equal([(Run, 2)], batch.Write.SettledEffects);
    }

    [Fact]
    public void The_end_of_a_run_whose_memory_was_not_read_is_written_as_a_change()
    {
        var batch = _scene.Decide(
            _scene.Batch(
                new CommandInput(new Told<CommandInput>(), Run, "p1", new RunInput.Removed("removed"), ("ann", "remove"))
            ),
            read => read.RunRows[Run] = Performing()
        );

        Assert.Empty(batch.Write.Entries);
        Assert.Equal([new EntryEnd("p1", Run, false, false, _scene.Now)], batch.Write.EntryEnds);
        Assert.Equal([(Run, "ann", "remove")], batch.Write.Audits);
    }

    [Fact]
    public void A_batch_is_divided_until_it_is_one_thing_which_then_fails_alone()
    {
        CaptureInput[] captures = [Capture("p1"), Capture("p2"), Capture("p3")];

        var parts = Leaves(_scene.Batch(captures)).ToList();

        Assert.Equal(captures, parts.Select(p => Assert.Single(p.Inputs)));
        var poisoned = _scene.Decide(parts[1].Poisoned(), read => read.ProfileRows["p2"] = _scene.Profile("p2"));
        Assert.Equal(CaptureOutcome.Failed(RefusalCode.Unstorable), captures[1].Outcome);
        Assert.Empty(poisoned.Write.Inserted);
        Assert.Empty(poisoned.Write.Counts);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void The_caller_of_a_page_of_runs_is_answered_once_when_all_its_halves_are(bool oneFails)
    {
        var told = new Told<ReconsiderInput>();
        var page = new ReconsiderInput(told, [.. Enumerable.Range(0, 5).Select(_ => Guid.NewGuid())]);

        var alone = Leaves(_scene.Batch(page)).SelectMany(p => p.Inputs).ToList();

        Assert.Equal(5, alone.Count);
        if (oneFails)
            alone[1].Fail(new TimeoutException());
        foreach (var half in alone.Skip(oneFails ? 2 : 1))
            half.Answer();
        Assert.Equal((0, 0), (told.Answers, told.Failures.Count));
        alone[0].Answer();
        Assert.Equal(oneFails ? (0, 1) : (1, 0), (told.Answers, told.Failures.Count));
    }

    private static IEnumerable<Batch> Leaves(Batch batch) => batch.Parts() is { } parts ? parts.SelectMany(Leaves) : [batch];

    private static CaptureInput Capture(string profile) =>
        new(new Told<CaptureInput>(), 0, profile, new Entering(null, null, 0, null, null), null, null);

    private RunRow Performing() =>
        new(
            1,
            RunState.Begin(Run, "p1", "h1", _scene.Now, 1, 0, TimeSpan.Zero) with
            {
                Phase = RunPhase.Performing,
                Step = 1,
                Due = null,
            },
            HasContent: false,
            HasKept: false
        );
}
