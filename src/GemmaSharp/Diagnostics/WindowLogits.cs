using GemmaSharp.Model;

namespace GemmaSharp.Diagnostics;

/// <summary>Logits of a window's second half, a few rows at a time.</summary>
internal sealed class WindowLogits : IDisposable
{
    private const int MostLogits = 1 << 24;
    private readonly Gemma3nModel _model;
    private readonly ModelState _state;
    private readonly float[] _logits;

    public WindowLogits(GemmaEngine engine, int length)
    {
        _model = engine.Model;
        _state = engine.CreateState(length);
        Vocabulary = _model.Config.Text.VocabSize;
        RowsAtOnce = int.Max(1, MostLogits / Vocabulary);
        _logits = new float[RowsAtOnce * Vocabulary];
    }

    /// <summary>Logits of a row.</summary>
    public int Vocabulary { get; }

    /// <summary>The most rows of a call.</summary>
    public int RowsAtOnce { get; }

    /// <summary>Runs the tokens before those whose logits are wanted.</summary>
    public void Start(ReadOnlySpan<int> ids)
    {
        _state.Clear();
        _model.Forward(new ModelInput(ids), _state, []);
    }

    /// <summary>Logits of the next tokens, [ids, vocabulary]; they last until the next call.</summary>
    public ReadOnlySpan<float> Next(ReadOnlySpan<int> ids)
    {
        Span<float> logits = _logits.AsSpan(0, ids.Length * Vocabulary);
        _model.Forward(new ModelInput(ids, allLogits: true), _state, logits);
        return logits;
    }

    public void Dispose() => _state.Dispose();
}
