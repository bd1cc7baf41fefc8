using GemmaSharp.Sampling;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Generation.Drafting;

/// <summary>The text that a grammar leaves no choice about. The model may say it in other tokens than the tokenizer does, so these too are only drafts.</summary>
internal sealed class ForcedDrafter(AnswerMask mask, Tokenizer tokenizer) : IDrafter
{
    private int[] _forced = [];
    private int _next;

    public string? Name => null;

    public bool IsFree => true;

    public void See(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            bool asForced = _next < _forced.Length && _forced[_next] == id;
            (_forced, _next) = asForced ? (_forced, _next + 1) : ([], 0);
        }
    }

    public int Draft(Span<int> into)
    {
        if (_next == _forced.Length)
        {
            (_forced, _next) = (tokenizer.Encode(mask.ForcedText(), special: false), 0);
        }

        int count = int.Min(into.Length, _forced.Length - _next);
        _forced.AsSpan(_next, count).CopyTo(into);
        return count;
    }
}
