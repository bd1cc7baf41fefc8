using System.CommandLine;
using System.CommandLine.Parsing;
using GemmaSharp.Prompting;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Pictures and sounds in the order of the command line, across both options.</summary>
internal sealed class MediaArguments
{
    private readonly Option<string[]> _image = new("--image") { HelpName = "FILE", Description = "a picture (PNG, JPEG, WebP, GIF, BMP); may be repeated" };
    private readonly Option<string[]> _audio = new("--audio") { HelpName = "FILE", Description = "a sound (WAV; others through ffmpeg); may be repeated" };
    private readonly Option<string[]> _video = new("--video") { HelpName = "FILE", Hidden = true };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_image, _audio, _video])
        {
            command.Options.Add(option);
        }
    }

    public IReadOnlyList<ContentPart> Read(ParseResult parsed)
    {
        if (parsed.GetValue(_video) is [string video, ..])
        {
            throw MediaFile.NoVideo(video);
        }

        List<ContentPart> parts = [];
        Token? option = null;
        foreach (Token token in parsed.Tokens)
        {
            if (token.Type == TokenType.Option)
            {
                option = token;
            }
            else if (token.Type == TokenType.Argument && option?.Value == _image.Name)
            {
                parts.Add(ContentPart.Image(token.Value));
                option = null;
            }
            else if (token.Type == TokenType.Argument && option?.Value == _audio.Name)
            {
                parts.Add(ContentPart.Audio(token.Value));
                option = null;
            }
        }

        return parts;
    }
}
