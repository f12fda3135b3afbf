using Scenarios.Api.Captures;
using Scenarios.Api.Endpoints;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>Refusals cross nodes as text: one that this version does not know is answered all the same.</summary>
public sealed class RefusalCodeTests
{
    private const string OfTomorrow = "ofTomorrow";

    [Fact]
    public void Each_code_has_a_status_that_refuses_and_is_read_as_it_was_written()
    {
        foreach (var code in Enum.GetValues<RefusalCode>())
        {
            Assert.InRange(code.Status(), 400, 599);
            Assert.Equal(code, RefusalCodes.Parse(code.Text()));
        }
        Assert.Null(RefusalCodes.Parse(OfTomorrow));
        Assert.Null(RefusalCodes.Parse(null));
    }

    [Fact]
    public void A_code_of_a_newer_node_is_a_failure_of_a_capture_and_a_conflict_of_a_command()
    {
        var (status, code, _) = CaptureAnswer.RefusalOf(new CaptureOutcome(CaptureResult.Failed, default, OfTomorrow, false));
        Assert.Equal((500, "internal"), (status, code));
        var refused = RunCommandEndpoints.RefusalOf(OfTomorrow);
        Assert.Equal((409, OfTomorrow), (refused.Status, refused.Code));
    }

    [Fact]
    public void A_refusal_of_a_newer_node_is_answered_with_the_status_that_it_brings()
    {
        var refused = Refused.Of(new Refusal(410, OfTomorrow, "It is gone.", []));
        Assert.Equal((410, OfTomorrow, "It is gone."), (refused.Status, refused.Code, refused.Message));
    }

    [Theory]
    [
        InlineData(RefusalCode.UnknownOutput, 422, "unknownOutput"),
        InlineData(RefusalCode.UnknownElement, 422, "unknownElement"),
        InlineData(RefusalCode.Overloaded, 503, "overloaded"),
        InlineData(RefusalCode.RunNotFound, 409, "runEnded"),
        InlineData(RefusalCode.RunEnded, 409, "runEnded"),
        InlineData(RefusalCode.NotWaiting, 409, "notWaiting"),
        InlineData(RefusalCode.Inactive, 409, "inactive"),
        InlineData(RefusalCode.Unstorable, 409, "unstorable")
    ]
    public void What_a_slice_refuses_a_command_for_is_answered_as_ever(RefusalCode refusal, int status, string code)
    {
        var refused = RunCommandEndpoints.RefusalOf(RunOutcome.Refused(refusal).Code!);
        Assert.Equal((status, code), (refused.Status, refused.Code));
        Assert.Equal(status == 503, refused.RetryAfter is not null);
    }

    [Theory]
    [
        InlineData(RefusalCode.ScenarioNotFound, 404, "notFound"),
        InlineData(RefusalCode.Damaged, 503, "damaged"),
        InlineData(RefusalCode.Unstorable, 422, "unstorable"),
        InlineData(RefusalCode.UnknownOutcome, 503, "unknownOutcome"),
        InlineData(RefusalCode.Unavailable, 503, "unavailable")
    ]
    public void What_a_capture_fails_for_is_answered_as_ever(RefusalCode refusal, int status, string code)
    {
        var answered = CaptureAnswer.RefusalOf(CaptureOutcome.Failed(refusal));
        Assert.Equal((status, code), (answered.Status, answered.Code));
    }
}
