namespace Scenarios.Engine.Batches;

// Why this file is the way it is.
//
// An input is something that waits to be taken into a slice's next batch. It carries all that is its own: what has to be read
// for it, what it decides, whom it answers, and what becomes of it when the scenario is deleted. So no other code asks
// of what kind it is,
// and one more kind of input is one more class beside this one; what it forgets to say does not compile.
//
// It may be decided several times (under a newer gate, in a smaller company) before a commit succeeds, each time from the
// start: Decide sets its outcome, and only Answer makes it known.

/// <summary>Something that waits to be taken into a slice's next batch, and is answered after the commit.</summary>
public abstract class SliceInput
{
    /// <summary>Characters that an input takes of a round besides what it carries: its rows, keys and trail.</summary>
    protected const int OwnCharacters = 200;

    /// <summary>How many characters of a round it takes, as far as one can tell.</summary>
    public virtual int Characters => OwnCharacters;

    /// <summary>When it came, as a timestamp of the slice's clock.</summary>
    public long WaitsSince { get; set; }

    /// <summary>For the log: <c>a capture</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// An attempt of an effect has ended with it: it makes room for others, and goes before all that is no outcome.
    /// </summary>
    public virtual bool EndsAttempt => false;

    /// <summary>What it cannot do now it may do later: when even its failure cannot be stored, it counts as done.</summary>
    public virtual bool MayBePassedOver => false;

    /// <summary>Says what has to be read for it.</summary>
    public abstract void Ask(SliceRead read);

    /// <summary>Does what it is for, and sets its outcome.</summary>
    public abstract void Decide(Batch batch);

    /// <summary>The scenario is gone: sets the outcome that this means.</summary>
    public abstract void Refuse();

    /// <summary>Two that together are this one, which is done, or fails, with them; null for what is one thing.</summary>
    public virtual IReadOnlyList<SliceInput>? Halves() => null;

    /// <summary>Its outcome is certain: its caller is answered.</summary>
    public abstract void Answer();

    /// <summary>Nothing was committed for it, or it is unknown whether; and why.</summary>
    public abstract void Fail(Exception reason);
}

/// <summary>The caller that waits for an input. Answered once.</summary>
public interface ICaller<in TInput>
    where TInput : SliceInput
{
    void Answer(TInput input);

    void Fail(TInput input, Exception reason);
}
