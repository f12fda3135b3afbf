using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Tests.Json;

public class CanonicalJsonTests
{
    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Of(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{ "b" : 1 , "a" : [ true , null , { "d":{}, "c":[] } ] }""", """{"a":[true,null,{"c":[],"d":{}}],"b":1}""")]
    [InlineData(" \"x\" ", "\"x\"")]
    [InlineData("[1.0, 1, 1e2, -0, 0.10, 12345678901234567890.123]", "[1.0,1,1e2,-0,0.10,12345678901234567890.123]")]
    [InlineData("""{"a":1,"A":2,"aa":3,"":4}""", """{"":4,"A":2,"a":1,"aa":3}""")]
    [InlineData("""{"a#":1,"a!":2,"a":3}""", """{"a":3,"a!":2,"a#":1}""")]
    [InlineData("""["\u0041\/\u00fc\ud83d\ude42\u007f<"]""", "[\"A/ü🙂\u007f<\"]")]
    [InlineData("""["\u0022\u005c\u0008\u0009\u000a\u000c\u000d\u0001\u001F"]""", """["\"\\\b\t\n\f\r\u0001\u001f"]""")]
    [InlineData("""{"\u0062":1,"a":2}""", """{"a":2,"b":1}""")]
    [InlineData("""{"\ud83d\ude42":1,"\uffee":2}""", """{"￮":2,"🙂":1}""")]
    public void A_value_is_written_in_one_way(string json, string canonical) => Assert.Equal(canonical, Canonical(json));

    [Fact]
    public void The_hash_is_the_SHA_256_of_the_canonical_text()
    {
        Assert.Equal(SHA256.HashData("""{"a":1,"b":2}"""u8), CanonicalJson.Hash(JsonElement.Parse("""{"b": 2, "a": 1}""")));
    }

    [Fact]
    public void Objects_of_many_members_within_one_another_are_sorted_too()
    {
        static string Members(IEnumerable<int> numbers, string inner) =>
            "{" + string.Join(",", numbers.Select(n => $"\"m{n:D4}\":{(n == 70 ? inner : "0")}")) + "}";
        var up = Enumerable.Range(0, 500);
        Assert.Equal(Members(up, Members(up, "1")), Canonical(Members(up.Reverse(), Members(up.Reverse(), "1"))));
    }

    [Theory]
    [
        InlineData("""{"a":1}""", """{"a":1.0}"""),
        InlineData("[1,2]", "[2,1]"),
        InlineData("""{"a":"1"}""", """{"a":1}"""),
        InlineData("""{"a":null}""", "{}"),
        InlineData("""["a,b"]""", """["a","b"]""")
    ]
    public void What_differs_in_meaning_differs_in_hash(string one, string other)
    {
        Assert.NotEqual(CanonicalJson.Hash(JsonElement.Parse(one)), CanonicalJson.Hash(JsonElement.Parse(other)));
    }

    [Fact]
    public void Order_white_space_and_escapes_change_nothing_and_the_canonical_text_is_its_own()
    {
        var texts = Gen.Char.Where(c => !char.IsSurrogate(c)).Array[0, 6].Select(c => new string(c));
        var leaves = Gen.OneOf(
            texts.Select(t => (JsonNode?)t),
            Gen.Int.Select(i => (JsonNode?)i),
            Gen.Decimal.Select(d => (JsonNode?)d),
            Gen.Bool.Select(b => (JsonNode?)b),
            Gen.Const(0).Select(_ => (JsonNode?)null)
        );
        var lists = leaves.Array[0, 5].Select(items => (JsonNode?)new JsonArray([.. items.Select(i => i?.DeepClone())]));
        var objects = Gen.Dictionary(texts, Gen.OneOf(leaves, lists))[0, 8];
        Gen.Select(objects, Gen.Int)
            .Sample(
                (members, seed) =>
                {
                    var shuffled = members.ToArray();
                    new Random(seed).Shuffle(shuffled);
                    var one = new JsonObject(
                        members.Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))
                    ).ToJsonString();
                    var other = new JsonObject(
                        shuffled.Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))
                    ).ToJsonString(
                        new JsonSerializerOptions
                        {
                            WriteIndented = true,
                            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                        }
                    );
                    var canonical = Canonical(one);
                    return canonical == Canonical(other)
                        && canonical == Canonical(canonical)
                        && JsonNode.DeepEquals(JsonNode.Parse(canonical), JsonNode.Parse(one));
                }
            );
    }
}
