using GemmaSharp.Kernels.Ops;
using GemmaSharp.Model;

namespace GemmaSharp.Generation.Drafting;

/// <summary>
/// The most likely tokens by a slice of the model that answers. It reads the answer's own keys and values, better than its own would be, so there is no second
/// cache to fill or to keep in step; what it adds to them is taken back.
/// </summary>
internal sealed class SliceDrafter(Gemma3nModel model, ModelState state, ModelSlice slice) : IDrafter
{
    private readonly float[] _logits = new float[model.Config.Text.VocabSize];
    private int _last;

    public string? Name => $"drafting by slice {slice.Name}";

    public bool IsFree => false;

    public void See(ReadOnlySpan<int> ids) => _last = ids[^1];

    public int Draft(Span<int> into)
    {
        state.BeginDraft(slice);
        try
        {
            int id = _last;
            foreach (ref int draft in into)
            {
                model.Forward(new ModelInput(new ReadOnlySpan<int>(in id)), state, _logits);
                draft = id = Ranking.IndexOfMax(_logits);
            }
        }
        finally
        {
            state.EndDraft();
        }

        return into.Length;
    }
}
