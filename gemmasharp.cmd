@echo off
rem Builds the command line where needed and runs it. Not tried on Windows yet.
dotnet run --project "%~dp0src\GemmaSharp.Cli" -c Release -v q -- %*
