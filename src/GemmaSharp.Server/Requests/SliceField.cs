using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>The slice of the model that a request asks for.</summary>
internal static class SliceField
{
    private const string Name = "slice";

    /// <summary>Reads it; null where none is named. It is checked where the model is there.</summary>
    public static string? Read(Fields fields) => fields.Text(Name);

    /// <summary>Checks it.</summary>
    /// <exception cref="ApiException">There is no such slice, or it does not fit the model.</exception>
    public static void Check(string? slice, GemmaEngine engine)
    {
        try
        {
            engine.CheckSlice(slice);
        }
        catch (InvalidDataException error)
        {
            throw ApiException.Bad(error.Message, Name, "slice_not_found");
        }
    }
}
