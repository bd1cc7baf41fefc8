namespace GemmaSharp.Prompting;

/// <summary>A prompt ready for the model.</summary>
/// <param name="Ids">Token ids, placeholders included.</param>
/// <param name="Media">Rows for the placeholders, one array a picture or clip, in order.</param>
internal sealed record Prompt(int[] Ids, IReadOnlyList<EncodedMedia> Media);

/// <summary>A picture or clip as rows for the decoder.</summary>
/// <param name="Kind">"image" or "audio".</param>
/// <param name="Rows">[rows, hidden].</param>
internal sealed record EncodedMedia(string Kind, float[] Rows);
