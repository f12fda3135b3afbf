using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Batches;

// What the turns came to becomes one write here: a run is inserted, updated or ended once, however many inputs moved it, and
// its steps are one entry of its trail. The instant of the next look is the soonest of what was found, and of what is written.

public sealed partial class Batch
{
    internal void Sooner(DateTimeOffset? due) => NextDue = due is { } instant ? Earlier(NextDue, instant) : NextDue;

    private static DateTimeOffset Earlier(DateTimeOffset? a, DateTimeOffset b) => a is { } instant && instant < b ? instant : b;

    /// <summary>What a turn came to, as rows.</summary>
    private void Collect(ProfileTurn turn)
    {
        // By index: an enumerator behind an interface is one more object for each of a batch's thousand turns.
        for (var i = 0; i < turn.Runs.Count; i++)
        {
            var run = turn.Runs[i];
            if (run.LeftEffect is { } step)
                Write.SettledEffects.Add((run.State.Id, step));
            if (!run.IsNew && !run.Changed)
                continue;
            if (run.Steps.Count > 0)
                Write.Trails.Add((run.State.Id, run.Steps[0].Step, Trail.Write(run.Steps)));
            if (run.IsNew && run.Content is not null)
                Write.Data.Add((run.State.Id, run.Content, run.Kept));
            else if (run.KeptChanged)
                Write.Data.Add((run.State.Id, null, run.Kept));
            if (run.End is { } end)
            {
                Write.Ended.Add(new EndedRun(run.Row, end, Now, WasStored: !run.IsNew));
                if (!turn.IsRemembered)
                    Write.EntryEnds.Add(EntryEnd.Of(turn.ProfileId, run.State.Id, end, Now));
                continue;
            }
            (run.IsNew ? Write.Inserted : Write.Updated).Add(run.Row);
            if (run.Effect is not null)
                Attempts.Begin(run);
            Sooner(run.State.RealDue(scenario.Stopped));
        }
        for (var i = 0; i < turn.Changes.Count; i++)
            Write.Profiles.Add(turn.Changes[i]);
        if (turn.Entry is { } entry)
            Write.Entries[turn.ProfileId] = entry;
        if (turn.IsForgotten)
            Write.Forgotten.Add((turn.ProfileId, turn.StoredOpen));
    }

    /// <summary>When to look again.</summary>
    private void Rest()
    {
        // What was scanned has been seen to its end; without a scan, what was known before still holds.
        Sooner(_scans is null ? _view.NextDue : Read.NextDue);
        if (HasMore || _scans is { HasMore: true })
            Sooner(Now);
        if (!scenario.IsRunning)
            NextDue = null;
        // A definition that this version cannot read moves no run: it is looked at again now and then, it may be
        // another version's
        // turn.
        else if (scenario.Definition is null)
            NextDue = Now + limits.UnreadableAgain;
        // Effects under way need no timer here, but if this silo dies another must come and hand them out again.
        var underWay = _view.UnderWay.Count - _ended + Attempts.Begun.Count + Attempts.Adopted.Count;
        Write.NextDue = underWay > 0 ? Earlier(NextDue, Now + limits.EffectsUnwatched) : NextDue;
    }
}
