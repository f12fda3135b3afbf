using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// <c>[{"channel", "resource"?, "address"?, "status", "at"?}]</c> of a profile, an upsert or an <c>updateProfile</c>.
/// </summary>
public static class SubscriptionsReader
{
    public const int MaxSubscriptions = 100;

    /// <summary>Adds a problem for each fault.</summary>
    public static void Check(JsonObjectReader owner, string name)
    {
        foreach (var (value, path) in owner.Array(name, MaxSubscriptions))
        {
            var subscription = owner.Child(value, path);
            subscription.Text("channel", 64, required: true, min: 1);
            subscription.Text("resource", 200, min: 1);
            subscription.Text("address", 320, min: 1);
            subscription.OneOf<SubscriptionStatus>("status", required: true);
            subscription.Instant("at");
            subscription.Done();
        }
    }
}
