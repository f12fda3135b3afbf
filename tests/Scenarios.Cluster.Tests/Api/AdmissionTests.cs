using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Scenarios.Api.Http;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>A node takes on what it can answer soon, and says so about the rest (O1).</summary>
public sealed class AdmissionTests
{
    private const int MostWrites = 5_000;
    private const long MostBytes = 256L << 20;

    private readonly ServiceProvider _services = new ServiceCollection().AddSingleton<Admission>().BuildServiceProvider();

    [Fact]
    public async Task Of_more_writes_than_a_node_takes_on_the_last_is_refused_at_once_and_reads_go_on()
    {
        var answered = new TaskCompletionSource();
        var taken = Enumerable
            .Range(0, MostWrites)
            .Select(_ => Admission.CheckAsync(Request("POST"), _ => answered.Task))
            .ToList();

        var (refused, read) = (Request("POST"), Request("GET"));
        await Admission.CheckAsync(refused, _ => throw new InvalidOperationException("it was let in"));
        await Admission.CheckAsync(read, AnswersAsync);
        answered.SetResult();
        await Task.WhenAll(taken);
        var next = Request("POST");
        await Admission.CheckAsync(next, AnswersAsync);

        Assert.Equal((503, "1"), (refused.Response.StatusCode, refused.Response.Headers.RetryAfter.ToString()));
        await refused.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        refused.Response.Body.Position = 0;
        Assert.Equal(
            "overloaded",
            (await JsonDocument.ParseAsync(refused.Response.Body, cancellationToken: TestContext.Current.CancellationToken))
                .RootElement.GetProperty("code")
                .GetString()
        );
        Assert.Equal((204, 204), (read.Response.StatusCode, next.Response.StatusCode));
    }

    [Fact]
    public void A_body_for_which_there_is_no_room_is_refused_and_takes_none()
    {
        var admission = _services.GetRequiredService<Admission>();

        Assert.Equal((503, "overloaded"), Refusal(() => admission.Enter(MostBytes + 1)));
        var most = MostBytes;
        while (Refusal(() => admission.Enter(most)) is not null)
            most /= 2; // a small machine has less
        Assert.Equal((503, "overloaded"), Refusal(() => admission.Enter(MostBytes)));
        admission.Leave(most);
        Assert.Null(Refusal(() => admission.Enter(most)));
    }

    private static (int, string)? Refusal(Action enter)
    {
        try
        {
            enter();
            return null;
        }
        catch (Refused refused)
        {
            return (refused.Status, refused.Code);
        }
    }

    private DefaultHttpContext Request(string method) =>
        new()
        {
            RequestServices = _services,
            Request = { Method = method },
            Response = { Body = new MemoryStream() },
        };

    private static Task AnswersAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
