using System.Text.Json.Nodes;
using GemmaSharp.Cli;

namespace GemmaSharp.Tests.Cli;

/// <summary>Facts as plain columns and as boxes.</summary>
public sealed class FactSheetTests
{
    private static readonly JsonObject Facts = JsonNode.Parse(
        """
        {
          "path": "here",
          "text": { "layers": 2000, "kinds": ["s", "s", "s", "s", "f", "s", "s"], "softcap": null, "shape": [2, 3] },
          "tensors": [ { "name": "a", "bytes": 16000 }, { "name": "long\u001b[2J\nname", "bytes": 4 } ],
          "slices": []
        }
        """)!.AsObject();

    [Fact]
    public void Write_Piped_PlainColumns()
    {
        StringWriter output = new() { NewLine = "\n" };

        new FactSheet(output, pretty: false).Write(Facts);

        Assert.Equal(
            """
            path  here

            # text
            layers  2000
            kinds   [s x 4, f, s x 2]
            shape   [2, 3]

            # tensors
            name           bytes
            a              16000
            long [2J name  4


            """,
            output.ToString());
    }

    [Fact]
    public void Write_LongText_ItsBeginningAndItsLength()
    {
        StringWriter output = new() { NewLine = "\n" };

        new FactSheet(output, pretty: false).Write(new JsonObject { ["metadata"] = new JsonObject { ["template"] = new string('a', 400) + "bc" } });

        Assert.Equal($"# metadata\ntemplate  {new string('a', 400)}... (402 characters)\n\n", output.ToString());
    }

    [Fact]
    public void Write_OnATerminal_BoxesWithGroupedNumbers()
    {
        StringWriter output = new();

        new FactSheet(output, pretty: true).Write(Facts);

        Assert.Contains("│ layers │ 2,000", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("│ a             │ 16,000 │", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", output.ToString(), StringComparison.Ordinal);
    }
}
