using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>
/// <c>./test soak 1 1 Wire</c>: row 19 as it is written. Its assertions are those of <see cref="WireTests.GoAwayAsync"/>, which
/// the ordinary test asks with fewer callers: no connection is left open, each key has one outcome, the numbers add up.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class WireSoakTests(ApiFixture api)
{
    [Fact(Explicit = true)]
    public Task Ten_thousand_callers_that_disconnect_in_mid_request_leave_nothing_open_and_each_key_is_definite() =>
        WireTests.GoAwayAsync(api, callers: 10_000);
}
