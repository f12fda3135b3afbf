using System.Text;
using System.Text.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Engine.Tests.Runs;

public class WebhookRequestTests
{
    private static readonly WebhookRequest Request = new(
        "POST",
        "https://example.com/hook?a=b",
        new Dictionary<string, string> { ["X-B"] = "2", ["X-A"] = "1" },
        """{"name": "Jürgen 🙂", "quote": "\"<>&"}""",
        10,
        3,
        new Dictionary<string, string> { ["id"] = "/order/id" }
    );

    [Fact]
    public void Stored_bytes_give_the_same_request_and_the_same_bytes_again()
    {
        var bytes = Request.ToBytes();
        var read = WebhookRequest.FromBytes(bytes);
        Assert.Equal(Request.Body, read.Body);
        Assert.Equal(Request.Headers, read.Headers);
        Assert.Equal(["X-B", "X-A"], read.Headers.Keys);
        Assert.Equal(Request.Keep, read.Keep);
        Assert.Equal(
            (Request.Method, Request.Url, Request.TimeoutSeconds, Request.Retries),
            (read.Method, read.Url, read.TimeoutSeconds, read.Retries)
        );
        Assert.Equal(bytes, read.ToBytes());
    }

    [Fact]
    public void No_body_stays_no_body_and_an_empty_one_stays_empty()
    {
        Assert.Null(WebhookRequest.FromBytes((Request with { Body = null }).ToBytes()).Body);
        Assert.Equal("", WebhookRequest.FromBytes((Request with { Body = "" }).ToBytes()).Body);
    }

    [Fact]
    public void A_body_of_JSON_is_stored_in_hardly_more_bytes_than_it_has()
    {
        Assert.Contains("Jürgen", Encoding.UTF8.GetString(Request.ToBytes()), StringComparison.Ordinal);
    }

    [Theory]
    [
        InlineData("null"),
        InlineData("{}"),
        InlineData("""{"method":"GET","url":null,"headers":{},"body":null,"timeoutSeconds":1,"retries":0,"keep":{}}""")
    ]
    public void Other_bytes_are_refused_loudly(string json) =>
        Assert.Throws<JsonException>(() => WebhookRequest.FromBytes(Encoding.UTF8.GetBytes(json)));
}
