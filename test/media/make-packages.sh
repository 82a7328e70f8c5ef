#!/usr/bin/env bash
# Makes the packages of this folder anew: small real ones by ffmpeg 5.1, for the tests and the demo.
#   hls-ladder      fMP4, a master over two video variants and an alternate audio, each in a folder of its own
#   hls-encrypted   MPEG-TS with AES-128, the key in a folder of its own
#   dash-timeline   SegmentTemplate with SegmentTimeline and $Number%05d$
#   dash-duration   SegmentTemplate with @duration, whose last segment is found by arithmetic
#   dash-and-hls    one set of segments under an MPD and a master playlist
set -euo pipefail
cd "$(dirname "$0")"
rm -rf hls-ladder hls-encrypted dash-timeline dash-duration dash-and-hls

video=(-f lavfi -i "testsrc2=size=320x180:rate=10:duration=6")
audio=(-f lavfi -i "sine=frequency=330:duration=6")
x264=(-c:v libx264 -preset slow -crf 34 -pix_fmt yuv420p -g 20 -keyint_min 20 -sc_threshold 0)
aac=(-c:a aac -b:a 32k -ac 1)
exact=(-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact)
ffmpeg=(ffmpeg -hide_banner -loglevel error -y)

mkdir -p hls-ladder
"${ffmpeg[@]}" "${video[@]}" "${audio[@]}" -map 0:v -map 0:v -map 1:a "${x264[@]}" "${aac[@]}" "${exact[@]}" \
  -s:v:0 320x180 -b:v:0 120k -s:v:1 160x90 -b:v:1 60k \
  -var_stream_map "v:0,agroup:sound,name:high v:1,agroup:sound,name:low a:0,agroup:sound,default:yes,language:en,name:english" \
  -f hls -hls_time 2 -hls_playlist_type vod -hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4 \
  -master_pl_name master.m3u8 -hls_segment_filename "hls-ladder/%v/segment-%d.m4s" "hls-ladder/%v/index.m3u8"

mkdir -p hls-encrypted/keys
printf '0123456789abcdef' > hls-encrypted/keys/film.key
printf 'keys/film.key\nhls-encrypted/keys/film.key\n00000000000000000000000000000001\n' > key-info
"${ffmpeg[@]}" "${video[@]}" "${audio[@]}" "${x264[@]}" "${aac[@]}" "${exact[@]}" \
  -f hls -hls_time 2 -hls_playlist_type vod -hls_key_info_file key-info \
  -hls_segment_filename "hls-encrypted/film-%d.ts" hls-encrypted/film.m3u8
rm key-info

mkdir dash-timeline dash-duration dash-and-hls
"${ffmpeg[@]}" "${video[@]}" "${audio[@]}" "${x264[@]}" "${aac[@]}" "${exact[@]}" \
  -f dash -seg_duration 2 -use_timeline 1 -use_template 1 \
  -adaptation_sets "id=0,streams=v id=1,streams=a" dash-timeline/film.mpd
"${ffmpeg[@]}" "${video[@]}" "${x264[@]}" "${exact[@]}" \
  -f dash -seg_duration 2 -use_timeline 0 -use_template 1 dash-duration/film.mpd
"${ffmpeg[@]}" "${video[@]}" "${audio[@]}" "${x264[@]}" "${aac[@]}" "${exact[@]}" \
  -f dash -seg_duration 2 -use_timeline 1 -use_template 1 -hls_playlist 1 \
  -adaptation_sets "id=0,streams=v id=1,streams=a" dash-and-hls/film.mpd
