using GemmaSharp.Loading;
using GemmaSharp.Model;
using GemmaSharp.Sampling;

namespace GemmaSharp.Generation.Drafting;

/// <summary>Who drafts for an answer, by its options.</summary>
internal static class Drafters
{
    private static readonly string[] Methods = ["none", "grammar", "ngram"];

    /// <summary>The drafters in the order in which they are asked; they have seen the prompt.</summary>
    /// <exception cref="ArgumentException">The options cannot be followed.</exception>
    public static AdaptiveDrafter[] Create(GemmaEngine engine, GenerationOptions answer, ModelState state, AnswerMask? mask, PassCosts costs, ReadOnlySpan<int> prompt)
    {
        DraftOptions options = Checked(answer.Draft ?? engine.Draft, engine.Slices);
        List<IDrafter> drafters = [];
        if (options.Method != "none" && mask is not null)
        {
            drafters.Add(new ForcedDrafter(mask, engine.Files.Tokenizer));
        }

        if (options.Method == "ngram")
        {
            drafters.Add(new NgramDrafter());
        }

        // An answer by a slice that skips layers of this one has no drafts by it.
        if (options is { Slice: not null, Method: not "none" } && engine.Slices.Find(options.Slice) is ModelSlice slice && slice.IsWithin(state.Slice))
        {
            drafters.Add(new SliceDrafter(engine.Model, state, slice));
        }

        AdaptiveDrafter[] adaptive = [.. drafters.Select(drafter => new AdaptiveDrafter(drafter, costs, options.Tokens))];
        foreach (AdaptiveDrafter drafter in adaptive)
        {
            drafter.SeePrompt(prompt);
        }

        return adaptive;
    }

    /// <summary>The options, if they can be followed.</summary>
    /// <exception cref="ArgumentException">An unknown method, or a number of drafts outside its range.</exception>
    /// <exception cref="InvalidDataException">There is no such slice.</exception>
    public static DraftOptions Checked(DraftOptions options, EngineSlices slices)
    {
        if (!Methods.Contains(options.Method))
        {
            throw new ArgumentException($"draft: '{options.Method}' found, {string.Join(", ", Methods)} expected");
        }

        if (options.Tokens is < 1 or > DraftedSteps.MostDrafts)
        {
            throw new ArgumentException($"{options.Tokens} drafts of a pass, 1 to {DraftedSteps.MostDrafts} expected");
        }

        slices.Find(options.Slice);
        return options;
    }
}
