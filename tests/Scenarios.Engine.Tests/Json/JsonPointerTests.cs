using System.Text.Json;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Tests.Json;

public class JsonPointerTests
{
    // The document of RFC 6901, section 5.
    private static readonly JsonElement Example = JsonElement.Parse(
        """{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"""
    );

    [Theory]
    [
        InlineData("/foo/0", "\"bar\""),
        InlineData("/", "0"),
        InlineData("/a~1b", "1"),
        InlineData("/c%d", "2"),
        InlineData("/e^f", "3"),
        InlineData("/g|h", "4")
    ]
    [
        InlineData("/i\\j", "5"),
        InlineData("/k\"l", "6"),
        InlineData("/ ", "7"),
        InlineData("/m~0n", "8"),
        InlineData("/foo", "[\"bar\",\"baz\"]")
    ]
    public void The_examples_of_the_standard_are_found(string pointer, string json)
    {
        Assert.True(JsonPointer.TryFind(Example, pointer, out var found));
        Assert.Equal(json, found.GetRawText());
    }

    [Fact]
    public void The_empty_pointer_is_the_document()
    {
        Assert.True(JsonPointer.TryFind(Example, "", out var found));
        Assert.Equal(10, found.GetPropertyCount());
    }

    [Theory]
    [
        InlineData("/nope"),
        InlineData("/foo/2"),
        InlineData("/foo/-"),
        InlineData("/foo/00"),
        InlineData("/foo/+1"),
        InlineData("/foo/-1"),
        InlineData("/foo/99999999999"),
        InlineData("/a~1b/x"),
        InlineData("foo"),
        InlineData("/m~n"),
        InlineData("/m~")
    ]
    public void What_leads_nowhere_is_not_found(string pointer) => Assert.False(JsonPointer.TryFind(Example, pointer, out _));
}
