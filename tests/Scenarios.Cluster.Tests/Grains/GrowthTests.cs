using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// What nodes say to each other, and what they keep as JSON of their types, may only grow: beside a node of this version works
/// one of the version before, and reads what this one has written. <c>said.txt</c> is what has ever been said.
/// </summary>
public sealed class GrowthTests
{
    private static readonly Assembly[] Ours =
    [
        .. ((string[])["Engine", "Contracts", "Storage", "Grains", "Server"]).Select(name =>
            Assembly.Load($"Scenarios.{name}")
        ),
    ];

    [Fact]
    public void What_nodes_say_and_keep_only_grows()
    {
        var said = File.ReadLines(Path.Combine(Repository.Root, "tests", "Scenarios.Cluster.Tests", "Grains", "said.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .ToList();
        var now = Spoken().Concat(Kept()).Concat(Written()).Distinct().Order(StringComparer.Ordinal).ToList();

        var gone = said.Except(now).ToList();
        Assert.True(
            gone.Count == 0,
            "A node of the version before would not understand us, or we not it. A field, "
                + "a value or a method may be added; none may be changed, renamed, "
                + $"numbered anew or taken away:\n- {string.Join("\n- ", gone)}\nwhat is new:\n+ "
                + $"{string.Join("\n+ ", now.Except(said))}"
        );
        var added = now.Except(said).ToList();
        Assert.True(
            added.Count == 0,
            "This is new, and from now on it stays: add it to Grains/said.txt. "
                + "Nodes of the version before know nothing of it: it must be right without "
                + $"it.\n{string.Join("\n", added)}"
        );
    }

    /// <summary>Grains by their aliases, types by their aliases and the numbers of their fields.</summary>
    private static IEnumerable<string> Spoken()
    {
        foreach (
            var type in Ours.SelectMany(a => a.GetTypes())
                .Where(t =>
                    t.Namespace?.StartsWith("Scenarios.", StringComparison.Ordinal) == true
                    && t.GetCustomAttribute<AliasAttribute>() is not null
                )
        )
            if (type.IsInterface)
                foreach (var method in type.GetMethods())
                {
                    var name = method.GetCustomAttribute<AliasAttribute>()?.Alias ?? method.Name;
                    var parameters = string.Join(", ", method.GetParameters().Select(p => NameOf(p.ParameterType)));
                    yield return $"grain {NameOf(type)}: {name}({parameters}): {NameOf(method.ReturnType)}";
                }
            else if (type.IsEnum)
                foreach (var line in ValuesOf(type))
                    yield return line;
            else
            {
                yield return $"type {NameOf(type)}";
                foreach (var property in type.GetProperties())
                    if (property.GetCustomAttribute<IdAttribute>() is { } id)
                        yield return $"type {NameOf(type)}: {id.Id} {property.Name}: {NameOf(property.PropertyType)}";
            }
    }

    /// <summary>By the serializers of what is kept, as the fields are written.</summary>
    private static IEnumerable<string> Kept()
    {
        foreach (var serializer in Ours.SelectMany(a => a.GetTypes()).Where(t => t.IsSubclassOf(typeof(JsonSerializerContext))))
        {
            var context = (JsonSerializerContext)
                serializer
                    .GetProperty("Default", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!
                    .GetValue(null)!;
            var open = new Queue<Type>(
                serializer
                    .GetCustomAttributesData()
                    .Where(a => a.AttributeType == typeof(JsonSerializableAttribute))
                    .Select(a => (Type)a.ConstructorArguments[0].Value!)
            );
            for (var seen = new HashSet<Type>(); open.TryDequeue(out var type); )
            {
                if (!seen.Add(type) || context.GetTypeInfo(type) is not { } shape)
                    continue;
                if (shape.ElementType is { } element)
                    open.Enqueue(element);
                if (Nullable.GetUnderlyingType(type) is { } value)
                    open.Enqueue(value);
                if (type.IsEnum)
                    foreach (var line in ValuesOf(type))
                        yield return line;
                if (shape.Kind != JsonTypeInfoKind.Object)
                    continue;
                foreach (var property in shape.Properties)
                {
                    yield return $"kept {type.Name}: {property.Name}: {NameOf(property.PropertyType)}";
                    open.Enqueue(property.PropertyType);
                }
            }
        }
    }

    /// <summary>By their names, which go over the wire and into rows as text.</summary>
    private static IEnumerable<string> Written() =>
        NamesOf<RefusalCode>().Concat(NamesOf<EffectKind>()).Concat(NamesOf<ScenarioStatus>()).Concat(NamesOf<StopMode>());

    private static IEnumerable<string> NamesOf<T>()
        where T : struct, Enum => Name<T>.All.Select(name => $"text {typeof(T).Name}: {name}");

    private static IEnumerable<string> ValuesOf(Type type) =>
        Enum.GetNames(type).Select(name => $"value {NameOf(type)}: {name} = {Convert.ToInt64(Enum.Parse(type, name))}");

    private static string NameOf(Type type) =>
        type.GetCustomAttribute<AliasAttribute>()?.Alias is { } alias ? alias
        : Nullable.GetUnderlyingType(type) is { } value ? NameOf(value) + "?"
        : type.IsArray ? NameOf(type.GetElementType()!) + "[]"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}
