using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Engine.Elements;

/// <summary>The name that a branch gives to its output.</summary>
internal static class OutputNames
{
    /// <param name="taken">Names of the branches before this one.</param>
    /// <returns>Empty when there is none.</returns>
    public static string Read(JsonObjectReader branch, IEnumerable<string> taken)
    {
        if (branch.Text("output", ElementLimits.MaxOutputLength, required: true, min: 1) is not { } output)
            return "";
        if (output == Output.Else)
            branch.Fault(
                "output",
                "reservedOutput",
                "'else' is the output for everything that no branch takes; a branch cannot have its name."
            );
        else if (!Names.IsOutput(output))
            branch.Fault("output", "invalidName", "Not a valid name of an output.");
        else if (taken.Contains(output))
            branch.Fault("output", "duplicateOutput", $"Duplicate output '{output}'.");
        return output;
    }
}
