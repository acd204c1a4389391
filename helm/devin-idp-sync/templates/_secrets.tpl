{{- /* Exactly one place that the secrets come from. */ -}}
{{- define "devin-idp-sync.checkSecrets" -}}
{{- $secret := .Values.secret -}}
{{- $ways := list -}}
{{- if $secret.existingSecret -}}{{- $ways = append $ways "secret.existingSecret" -}}{{- end -}}
{{- if $secret.externalSecret.enabled -}}{{- $ways = append $ways "secret.externalSecret.enabled" -}}{{- end -}}
{{- if $secret.csi.enabled -}}{{- $ways = append $ways "secret.csi.enabled" -}}{{- end -}}
{{- if eq (len $ways) 0 -}}
{{- fail "nothing says where the credentials are: set secret.existingSecret to the name of a Secret (or use secret.externalSecret or secret.csi)" -}}
{{- else if gt (len $ways) 1 -}}
{{- fail (printf "%s are given together: choose one" (join " and " $ways)) -}}
{{- end -}}
{{- if and $secret.csi.enabled (eq .Values.redis.mode "bundled") (not .Values.redis.bundled.passwordSecret) -}}
{{- fail "the bundled Redis reads its password from a Secret, and secret.csi makes none: set redis.bundled.passwordSecret, or use redis.mode external" -}}
{{- end -}}
{{- if $secret.externalSecret.enabled -}}
{{- range include "devin-idp-sync.secretFiles" . | fromYamlArray -}}
{{- if and (not (hasKey $secret.externalSecret.data .key)) (not (and (eq .file "redis-password") $.Values.redis.bundled.passwordSecret)) -}}
{{- fail (printf "secret.externalSecret.data has no %s, which config.%s needs" .key (join "." .path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.secretName" -}}
{{- if .Values.secret.externalSecret.enabled -}}
{{- include "devin-idp-sync.fullname" . -}}
{{- else -}}
{{- .Values.secret.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.redisPasswordSecret" -}}
{{- default (include "devin-idp-sync.secretName" .) .Values.redis.bundled.passwordSecret -}}
{{- end -}}

{{- /* The volume with the files that the configuration names; only the keys that are needed are in it. */ -}}
{{- define "devin-idp-sync.secretVolume" -}}
{{- if .Values.secret.csi.enabled -}}
csi:
  driver: {{ .Values.secret.csi.driver }}
  readOnly: true
  volumeAttributes:
    secretProviderClass: {{ .Values.secret.csi.secretProviderClass }}
{{- else -}}
{{- $apart := and (eq .Values.redis.mode "bundled") .Values.redis.bundled.passwordSecret -}}
projected:
  defaultMode: 0440
  sources:
    - secret:
        name: {{ include "devin-idp-sync.secretName" . }}
        items:
          {{- range include "devin-idp-sync.secretFiles" . | fromYamlArray }}
          {{- if not (and $apart (eq .file "redis-password")) }}
          - key: {{ .key }}
            path: {{ .file }}
          {{- end }}
          {{- end }}
    {{- if $apart }}
    - secret:
        name: {{ .Values.redis.bundled.passwordSecret }}
        items:
          - key: {{ .Values.secret.keys.redisPassword }}
            path: redis-password
    {{- end }}
{{- end -}}
{{- end -}}
