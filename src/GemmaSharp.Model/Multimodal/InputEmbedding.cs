using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Text;

namespace GemmaSharp.Model.Multimodal;

/// <summary>
/// Embeds the ids of a pass: text ids by the text table, ids of a modality's range by its embedder, placeholders by soft tokens.
/// </summary>
internal sealed class InputEmbedding(Gemma3nConfig config, TextModel text, ModalityEmbedder? vision, ModalityEmbedder? audio)
{
    // A row's decoding, in multiply-adds for each column.
    private const long ColumnCost = 32;

    /// <summary>Fills <paramref name="into"/> [tokens, hidden]; the rows of the text table are shared by the team.</summary>
    /// <exception cref="ArgumentException">An id outside the vocabulary, or another number of soft rows than of placeholders.</exception>
    public void Forward(ModelInput input, Matrix into, ThreadTeam team)
    {
        int hidden = into.ColumnCount, softRow = 0;
        CheckSoftRows(input, hidden);
        for (int token = 0; token < input.Ids.Length; token++)
        {
            if (IsSoft(input, token))
            {
                input.SoftTokens.Slice(softRow++ * hidden, hidden).CopyTo(into[token]);
            }
            else if (FindHard(input.Ids[token]) is (ModalityEmbedder embedder, int index))
            {
                embedder.Hard(index, into[token]);
            }
        }

        team.RunRows(new TextRows(this, text, input, into), input.Ids.Length, hidden * ColumnCost);
    }

    /// <summary>Whether an id is the image's or the audio's placeholder.</summary>
    public bool IsPlaceholder(int id) => (vision is not null && id == config.ImageTokenId) || (audio is not null && id == config.AudioTokenId);

    private bool IsSoft(ModelInput input, int token) => !input.SoftTokens.IsEmpty && IsPlaceholder(input.Ids[token]);

    // The embedder whose range holds an id, and the place in it; null for text.
    private (ModalityEmbedder Embedder, int Index)? FindHard(int id) =>
        audio is not null && config.Audio is AudioConfig hearing && id >= hearing.VocabOffset ? (audio, id - hearing.VocabOffset)
        : vision is not null && config.Vision is VisionConfig seeing && id >= seeing.VocabOffset ? (vision, id - seeing.VocabOffset)
        : null;

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

    private readonly ref struct TextRows(InputEmbedding inputs, TextModel text, ModelInput input, Matrix into) : IRowWork
    {
        private readonly ModelInput _input = input;
        private readonly Matrix _into = into;

        public void Run(int row)
        {
            if (!inputs.IsSoft(_input, row) && inputs.FindHard(_input.Ids[row]) is null)
            {
                text.Embed(_input.Ids[row], _into[row]);
            }
        }
    }
}
