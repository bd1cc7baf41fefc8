using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Text;

namespace GemmaSharp.Model.Multimodal;

/// <summary>
/// Embeds the ids of a pass: text ids by the text table, ids of a modality's range by its embedder, placeholders by soft tokens.
/// </summary>
internal sealed class InputEmbedding(Gemma3nConfig config, TextModel text, ModalityEmbedder? vision, ModalityEmbedder? audio)
{
    /// <summary>Fills <paramref name="into"/> [tokens, hidden].</summary>
    /// <exception cref="ArgumentException">An id outside the vocabulary, or another number of soft rows than of placeholders.</exception>
    public void Forward(ModelInput input, Matrix into)
    {
        ReadOnlySpan<int> ids = input.Ids;
        int hidden = into.ColumnCount, softRow = 0;
        CheckSoftRows(input, hidden);
        for (int token = 0; token < ids.Length; token++)
        {
            if (!input.SoftTokens.IsEmpty && IsPlaceholder(ids[token]))
            {
                input.SoftTokens.Slice(softRow++ * hidden, hidden).CopyTo(into[token]);
            }
            else
            {
                EmbedId(ids[token], into[token]);
            }
        }
    }

    /// <summary>Whether an id is the image's or the audio's placeholder.</summary>
    public bool IsPlaceholder(int id) => (vision is not null && id == config.ImageTokenId) || (audio is not null && id == config.AudioTokenId);

    private void EmbedId(int id, Span<float> into)
    {
        if (audio is not null && config.Audio is AudioConfig hearing && id >= hearing.VocabOffset)
        {
            audio.Hard(id - hearing.VocabOffset, into);
        }
        else if (vision is not null && config.Vision is VisionConfig seeing && id >= seeing.VocabOffset)
        {
            vision.Hard(id - seeing.VocabOffset, into);
        }
        else
        {
            text.Embed(id, into);
        }
    }

    private void CheckSoftRows(ModelInput input, int hidden)
    {
        int placeholders = 0;
        foreach (int id in input.Ids)
        {
            if ((uint)id >= (uint)config.InputVocabSize)
            {
                throw new ArgumentException($"token id {id} is outside the vocabulary of {config.InputVocabSize}");
            }

            placeholders += IsPlaceholder(id) ? 1 : 0;
        }

        if (!input.SoftTokens.IsEmpty && input.SoftTokens.Length != placeholders * hidden)
        {
            throw new ArgumentException(
                $"{placeholders} placeholders in the prompt, {input.SoftTokens.Length / hidden} rows of soft tokens given for them");
        }
    }
}
