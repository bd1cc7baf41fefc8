#:project ../src/GemmaSharp/GemmaSharp.csproj

// Works on the pocket model's expected conversations (tests/GemmaSharp.Tests/Fixtures/Pocket/expected.json), for quants.sh:
//   text EXPECTED            prints them as one text with the marks of turns
//   count EXPECTED SAMPLES MODEL   asks them, and prints how many answers equal the reference's, and of how many
using System.Text;
using System.Text.Json;
using GemmaSharp;

JsonElement[] cases = [.. JsonDocument.Parse(File.ReadAllText(args[1])).RootElement.GetProperty("cases").EnumerateArray()];
if (args[0] == "text")
{
    foreach ((JsonElement turn, string answer) in cases.SelectMany(Turns))
    {
        Console.Write($"<start_of_turn>user\n{turn.GetProperty("text").GetString()}<end_of_turn>\n<start_of_turn>model\n{answer}<end_of_turn>\n");
    }

    return;
}

using GemmaEngine engine = GemmaEngine.Load(args[3]);
int right = 0, asked = 0;
foreach (JsonElement one in cases)
{
    using ChatSession session = engine.CreateSession();
    foreach ((JsonElement turn, string expected) in Turns(one))
    {
        StringBuilder text = new();
        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User(turn.GetProperty("text").GetString() ?? "", Media(turn, args[2]))))
        {
            text.Append(update.Text);
        }

        right += text.ToString() == expected ? 1 : 0;
        asked++;
    }
}

Console.WriteLine($"{right} of {asked}");

static IEnumerable<(JsonElement Turn, string Answer)> Turns(JsonElement one) => one.GetProperty("turns").EnumerateArray()
    .Zip(one.GetProperty("answers").GetProperty("Main model").EnumerateArray().Select(answer => answer.GetProperty("text").GetString() ?? ""));

static ContentPart[] Media(JsonElement turn, string samples) => [.. Files(turn, "images", samples).Select(ContentPart.Image), .. Files(turn, "audio", samples).Select(ContentPart.Audio)];

static IEnumerable<string> Files(JsonElement turn, string field, string samples) =>
    turn.TryGetProperty(field, out JsonElement files) ? files.EnumerateArray().Select(file => Path.Combine(samples, file.GetString() ?? "")) : [];
