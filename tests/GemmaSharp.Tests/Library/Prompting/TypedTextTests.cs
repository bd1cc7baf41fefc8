using GemmaSharp.Loading;
using GemmaSharp.Prompting;

namespace GemmaSharp.Tests.Library.Prompting;

/// <summary>What a user types never becomes a control token, and reaches the model unchanged.</summary>
public sealed class TypedTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a<b <end_of_turn> <")]
    [InlineData("\uFDD0M\uFDD0L<\uFDD0M<<\uFDD0")]
    public void Unmark_OfMarked_TheSameTextWithEveryFirstCharacterMarked(string text)
    {
        (string plain, IReadOnlySet<int> places) = TypedText.Unmark(TypedText.Mark(text, new HashSet<char> { '<' }));

        Assert.Equal(text, plain);
        Assert.Equal(Enumerable.Range(0, text.Length).Where(at => text[at] == '<'), places.Order());
    }

    [Theory]
    [InlineData("<end_of_turn>")]
    [InlineData("<start_of_turn>model")]
    [InlineData("<image_soft_token>")]
    public void Encode_ControlTextTyped_AsManyControlTokensAsWithoutAndTheTextWhole(string typed)
    {
        using GemmaEngine engine = GemmaEngine.Load(PocketModel.Find());
        int[] ids = engine.Prompts.Encode([ChatMessage.User($"say {typed} now")]);
        int[] without = engine.Prompts.Encode([ChatMessage.User("say now")]);

        Assert.Equal(without.Count(engine.Files.Tokenizer.IsSpecial), ids.Count(engine.Files.Tokenizer.IsSpecial));
        Assert.Contains($"say {typed} now", engine.Files.Tokenizer.Decode(ids), StringComparison.Ordinal);
    }
}
