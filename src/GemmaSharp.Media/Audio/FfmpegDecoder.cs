using System.ComponentModel;
using System.Diagnostics;

namespace GemmaSharp.Media.Audio;

/// <summary>Every container that WAV is not, through the ffmpeg program where it is installed.</summary>
internal static class FfmpegDecoder
{
    private const int TimeLimitMilliseconds = 120_000;

    /// <summary>Decodes the first sound of a file at its own rate and channels.</summary>
    public static AudioClip Decode(ReadOnlySpan<byte> data, string name, int mostSeconds)
    {
        // Files and not pipes: an index at the end needs seeking, and so does exact trimming of MP3.
        string folder = Directory.CreateTempSubdirectory("gemmasharp-").FullName;
        try
        {
            string input = Path.Combine(folder, "input"), output = Path.Combine(folder, "output.wav");
            File.WriteAllBytes(input, data);
            Run(input, output, name, mostSeconds);
            byte[] wav = File.Exists(output) ? File.ReadAllBytes(output) : [];
            return wav.Length > 0 ? WavDecoder.Decode(wav, name) : throw new MediaException(MediaProblem.NoSamples, $"{name}: holds no sound");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Run(string input, string output, string name, int mostSeconds)
    {
        ProcessStartInfo start = new("ffmpeg") { RedirectStandardError = true, UseShellExecute = false };
        string[] arguments =
        [
            "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", "mp3,ogg,flac,mov,matroska,webm,aac,aiff,caf,asf,amr,wav",
            "-i", $"file:{input}", "-map", "0:a:0", "-t", $"{mostSeconds}", "-c:a", "pcm_f32le", "-f", "wav", $"file:{output}",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using Process process = Process.Start(start) ?? throw new Win32Exception("no process");
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(TimeLimitMilliseconds))
            {
                process.Kill(entireProcessTree: true);
                throw new MediaException(MediaProblem.Corrupt, $"{name}: ffmpeg did not finish within {TimeLimitMilliseconds / 1000} s");
            }

            if (process.ExitCode != 0)
            {
                string line = errors.Result.Split('\n')[0].Replace($"file:{input}", name, StringComparison.Ordinal).Trim();
                throw new MediaException(MediaProblem.Corrupt, $"{name}: ffmpeg cannot decode it: {line}");
            }
        }
        catch (Win32Exception missing)
        {
            throw new MediaException($"{name}: needs the ffmpeg program, which is not installed (apt-get install ffmpeg); WAV files need nothing", missing);
        }
    }
}
