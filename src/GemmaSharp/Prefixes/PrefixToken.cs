using GemmaSharp.Model;
using GemmaSharp.Prompting;

namespace GemmaSharp.Prefixes;

/// <summary>What the model sees at a position: a token, or a row of a picture or sound.</summary>
/// <param name="Id">The token, or the placeholder of the row.</param>
/// <param name="Media">Of a row: the hash of all rows of its picture or sound.</param>
/// <param name="Row">Of a row: its number.</param>
internal readonly record struct PrefixToken(int Id, string? Media = null, int Row = 0)
{
    /// <summary>A prompt, position by position.</summary>
    public static PrefixToken[] Of(Prompt prompt, Gemma3nModel model)
    {
        PrefixToken[] tokens = new PrefixToken[prompt.Ids.Length];
        int item = 0, row = 0, hidden = model.Config.Text.HiddenSize;
        for (int at = 0; at < tokens.Length; at++)
        {
            tokens[at] = new PrefixToken(prompt.Ids[at]);
            if (model.IsPlaceholder(prompt.Ids[at]) && item < prompt.Media.Count)
            {
                EncodedMedia media = prompt.Media[item];
                tokens[at] = tokens[at] with { Media = media.Hash, Row = row++ };
                (item, row) = row * hidden < media.Rows.Length ? (item, row) : (item + 1, 0);
            }
        }

        return tokens;
    }
}
