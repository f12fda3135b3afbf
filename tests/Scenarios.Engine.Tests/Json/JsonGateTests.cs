using System.Text;
using System.Text.Json;
using CsCheck;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Tests.Json;

public class JsonGateTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData(""" {"a": {"a": 1, "b": [{"a": 1}, {"a": 2}]}, "b": "a\n\"\\\/", "c": null, "d": [true, false, []]} """)]
    [InlineData("""{"a": "\u043f\u0440\u0438 \ud83d\ude00", "\u0061b": 1, "b": 2}""")]
    [InlineData("""{"a": 9007199254740993, "b": -0, "c": 1e400, "d": 1E-400, "e": 1.5e+10}""")]
    [InlineData("""{"a": 1234567890123456789012345678901234567890123456789012345678901234}""")]
    public void What_is_good_passes(string json) => Assert.Null(Check(json));

    [Theory]
    [InlineData("", "", "invalidJson")]
    [InlineData("   ", "", "invalidJson")]
    [InlineData("""{"a": 1""", "/a", "invalidJson")]
    [InlineData("""{"a": "x""", "/a", "invalidJson")]
    [InlineData("""{"a": [1, 2,]}""", "/a", "invalidJson")]
    [InlineData("""{"a": 1,}""", "", "invalidJson")]
    [InlineData("""{"a": NaN}""", "/a", "invalidJson")]
    [InlineData("""{"a": 1} // no""", "", "invalidJson")]
    [InlineData("{} {}", "", "invalidJson")]
    [InlineData("\ufeff{}", "", "invalidJson")]
    [InlineData("""{"a": 1, "a": 1}""", "/a", "duplicateField")]
    [InlineData("""{"x": [0, {"b": {"a": 1, "\u0061": 2}}]}""", "/x/1/b/a", "duplicateField")]
    [InlineData("""{"a/b": {"~": 1, "~": 2}}""", "/a~1b/~0", "duplicateField")]
    [InlineData("""{"a": ["x", "b\u0000"]}""", "/a/1", "unsupportedCharacter")]
    [InlineData("""{"a": {"b\u0000": 1}}""", "/a", "unsupportedCharacter")]
    [InlineData("""{"a": "\ud800"}""", "/a", "invalidJson")]
    [InlineData("""{"a": "\udc00\ud800"}""", "/a", "invalidJson")]
    [InlineData("""{"\ud800": 1}""", "", "invalidJson")]
    [InlineData("""{"a": [[[[1]]]]}""", "/a/0/0", "tooDeep")]
    [InlineData("""{"a": 12345678901234567890123456789012345678901234567890123456789012345}""", "/a", "outOfRange")]
    [InlineData("""[1, 1e1001]""", "/1", "outOfRange")]
    [InlineData("""[1e99999999999999999999]""", "/0", "outOfRange")]
    public void What_could_not_be_kept_is_refused_with_its_path(string json, string path, string code)
    {
        var fault = Check(json);
        Assert.Equal((path, code), (fault?.Path, fault?.Code));
    }

    [Fact]
    public void A_byte_that_is_no_utf8_is_refused()
    {
        byte[] json = [.. "{\"a\": [\""u8, 0xff, .. "\"]}"u8];
        var fault = JsonGate.Check(json, 4);
        Assert.Equal(("/a/0", "invalidJson"), (fault?.Path, fault?.Code));
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(10_000, false)]
    public void Depth_is_counted_from_the_outermost(int depth, bool good)
    {
        Assert.Equal(good, Check(new string('[', depth) + new string(']', depth)) is null);
        Assert.Equal(good, Check(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)) is null);
    }

    [Fact]
    public void An_object_of_many_names_passes_and_its_last_name_twice_does_not()
    {
        var names = string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"\"n{i}\": {i}"));
        Assert.Null(Check($$"""{"x": { {{names}} } }"""));
        Assert.Equal("/x/n19999", Check($$"""{"x": { {{names}}, "n19999": 0 } }""")?.Path);
    }

    [Fact]
    public void A_good_body_costs_no_memory()
    {
        var json = Encoding.UTF8.GetBytes(
            """{"profileId": "p1", "content": {"order": {"id": 7, "total": 12.5, "lines": [{"sku": "a"}, {"sku": "\u0430"}]}}}"""
        );
        JsonGate.Check(json, 16);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            JsonGate.Check(json, 16);
        // Not quite nothing: a garbage collection may have emptied the pool of arrays.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void What_passes_is_json_and_nothing_throws()
    {
        byte[] good = [.. """{"a": {"b": [1, -2.5e3, "x\u00e9\ud83d\ude00"], "c": null}, "d": true, "e": ""}"""u8];
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte)
            .Array[0, 4]
            .Sample(
                changes =>
                {
                    byte[] json = [.. good];
                    foreach (var (at, value) in changes)
                        json[at] = value;
                    if (JsonGate.Check(json, 8) is not null)
                        return;
                    using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
                    Assert.DoesNotContain("\\u0000", document.RootElement.GetRawText());
                },
                iter: 20_000
            );
    }

    private static Problem? Check(string json) => JsonGate.Check(Encoding.UTF8.GetBytes(json), 4);
}
