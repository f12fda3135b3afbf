using Scenarios.Engine.Elements;

namespace Scenarios.Engine.Runs;

/// <summary>
/// Draws a branch of a split by weighted rendezvous: each branch draws −ln(u) ÷ percent from the hash of the profile and
/// its own name, and the least wins. So the order of branches means nothing, and after a change of percents a profile
/// moves from one branch to another only if the other's share grew in proportion to it. Between two branches that is the
/// least that can move: from 50/50 to 60/40 exactly a tenth. Between more, nothing that forgets the former percents can
/// always move only the difference d; this moves at most 2d ÷ (1 + d), which is the best that can be promised.
/// </summary>
public static class SplitDraw
{
    // Keeps these draws apart from others by the same ids. FROZEN, like the hash.
    private const string Salt = "split";

    /// <summary>The output: the same for a profile each time, or drawn again for each run under <c>eachEntry</c>.</summary>
    public static string Choose(Split split, int tenant, int scenario, string profileId, Guid runId)
    {
        var key = new StableHash().Add(Salt).Add(tenant).Add(scenario).Add(split.Id);
        key = split.EachEntry ? key.Add(runId) : key.Add(profileId);

        var (chosen, least) = (split.Branches[0].Output, double.PositiveInfinity);
        foreach (var branch in split.Branches)
        {
            if (branch.Percent <= 0)
                continue;
            var u = ((key.Add(branch.Output).Value >> 12) + 0.5) / (1UL << 52); // between 0 and 1, and neither
            var draw = -Math.Log(u) / (double)branch.Percent;
            if (draw < least)
                (chosen, least) = (branch.Output, draw);
        }
        return chosen;
    }
}
